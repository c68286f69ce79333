import { connect } from 'node:net';
import type { ServerName } from './connect-string.js';

const LARGEST = 65_536;

/** Asks a ZooKeeper server by one of its four-letter words. @throws Error when it does not answer within `timeoutMs` */
export async function fourLetterWord({ host, port }: ServerName, word: string, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    let text = '';
    const fail = (error: Error): void => {
      socket.destroy();
      reject(error);
    };
    // A limit on the whole, not on a moment of silence.
    const late = setTimeout(() => fail(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    socket.setEncoding('utf8');
    socket.on('connect', () => socket.end(word));
    socket.on('data', (part: string) => {
      text += part;
      if (text.length > LARGEST) fail(new Error('the answer is too long'));
    });
    socket.on('error', fail);
    socket.on('close', () => {
      clearTimeout(late);
      resolve(text);
    });
  });
}
