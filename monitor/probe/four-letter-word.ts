import { connect } from 'node:net';

const MOST_ANSWER = 65_536;

/**
 * Sends one of ZooKeeper's four letter words and resolves to the answer. `srvr` is allowed by every server out of the box.
 * @throws when nothing listens or the answer takes longer
 */
export function fourLetterWord(host: string, port: number, word: string, limitMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    let text = '';
    // A limit on the whole, not on a moment of silence.
    const late = setTimeout(() => socket.destroy(new Error(`no answer in ${limitMs} ms`)), limitMs);
    socket.setEncoding('utf8');
    socket.on('connect', () => socket.write(word));
    socket.on('data', (part: string) => {
      text += part;
      if (text.length > MOST_ANSWER) socket.destroy(new Error('the answer is too long'));
    });
    socket.on('end', () => resolve(text));
    socket.on('error', reject);
    socket.on('close', () => {
      clearTimeout(late);
      reject(new Error('the connection was closed before an answer'));
    });
  });
}

export interface MemberFacts {
  /** `leader`, `follower`, `standalone`, `observer`; `none` when it is up and does not serve. */
  readonly mode: string;
  readonly connections: number;
}

/** What a member's answer to `srvr` says. */
export function parseSrvr(text: string): MemberFacts {
  const mode = /^Mode: (\w+)$/m.exec(text)?.[1] ?? 'none';
  return { mode, connections: Number(/^Connections: (\d+)$/m.exec(text)?.[1] ?? 0) };
}
