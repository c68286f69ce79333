import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { decodeFetch, encodeFetch, FETCH } from '../core/sink/fetch-request.js';
import { requestHeader } from '../core/sink/produce-request.js';
import { batchesIn, recordsIn } from '../core/sink/record-batch-reader.js';

/** Where `encodeFetch` says whether open transactions are read too, and the value for "no". */
const ISOLATION_AT = 16;
const READ_COMMITTED = 1;

/**
 * Follows one partition and hands over each committed record's key as soon as the broker gives it out: one fetch after the other on one connection.
 * A client library's consumer takes several milliseconds of the CPUs that the bench has to share, which would be measured as the Core's. The
 * broker leads the partition, and no transaction in it is aborted.
 */
export class CommittedReader {
  readonly #socket: Socket;
  readonly #topic: string;
  readonly #take: (key: Buffer) => void;
  readonly ended: Promise<void>;
  #received: Buffer = Buffer.alloc(0);
  #next = 0;
  #correlation = 0;
  #closed = false;

  private constructor(socket: Socket, topic: string, take: (key: Buffer) => void) {
    this.#socket = socket;
    this.#topic = topic;
    this.#take = take;
    this.ended = new Promise((resolve, reject) => {
      socket.once('close', () => (this.#closed ? resolve() : reject(new Error('the broker ended the connection'))));
      socket.on('error', reject);
      socket.on('data', (bytes) => {
        try {
          this.#hear(bytes);
        } catch (error) {
          socket.destroy(error as Error);
        }
      });
    });
    this.ended.catch(() => undefined); // thrown where it is awaited
  }

  /** @param broker `host:port` */
  static async open(broker: string, topic: string, take: (key: Buffer) => void): Promise<CommittedReader> {
    const [host = '', port] = broker.split(':');
    const socket = connect({ host, port: Number(port), noDelay: true });
    await once(socket, 'connect');
    const reader = new CommittedReader(socket, topic, take);
    reader.#ask();
    return reader;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#socket.destroy();
    await this.ended;
  }

  #ask(): void {
    const body = encodeFetch({ topic: this.#topic, partition: 0, offset: this.#next });
    body[ISOLATION_AT] = READ_COMMITTED;
    this.#socket.write(Buffer.concat([requestHeader(FETCH, ++this.#correlation, 'bench-reader', [body]), body]));
  }

  #hear(bytes: Buffer): void {
    this.#received = this.#received.length === 0 ? bytes : Buffer.concat([this.#received, bytes]);
    if (this.#received.length < 4 || this.#received.length < 4 + this.#received.readInt32BE(0)) return;
    const { errorCode, batches } = decodeFetch(this.#received.subarray(8)); // length, correlation id
    this.#received = Buffer.alloc(0);
    if (errorCode !== 0) throw new Error(`fetch answered with error ${errorCode}`);
    for (const batch of batchesIn(batches)) {
      // A fetch begins with the whole batch that its offset lies in.
      if (!batch.control && batch.lastOffset >= this.#next)
        for (const { key } of recordsIn(batch)) if (key) this.#take(key);
      this.#next = Math.max(this.#next, batch.lastOffset + 1);
    }
    this.#ask();
  }
}
