import { connect } from 'node:net';

/**
 * Sends one of ZooKeeper's four letter words (`ruok`, `srvr`, `conf`, `mntr`, …) and returns the answer.
 * Rejects if nothing listens or the answer takes longer than `limitMs`.
 */
export function fourLetterWord(host: string, port: number, word: string, limitMs = 1_500): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    let text = '';
    socket.setEncoding('utf8');
    socket.setTimeout(limitMs, () => socket.destroy(new Error(`no answer to ${word} in ${limitMs} ms`)));
    socket.on('connect', () => socket.write(word));
    socket.on('data', (part: string) => (text += part));
    socket.on('end', () => resolve(text));
    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`the connection closed before an answer to ${word}`)));
  });
}
