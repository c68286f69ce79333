import { setTimeout as sleep } from 'node:timers/promises';
import { connectSql, type Sql } from '../core/source/sql.js';

/** Between two transactions: enough for some thousand changes a second, and time for everybody else. */
const PAUSE_MS = 1;
const COME_BACK_MS = 60_000;

interface Server {
  readonly host: string;
  readonly port: number;
}

/** What the source has committed: each version of each row, and which rows are gone. */
export interface Committed {
  readonly versions: Set<string>;
  readonly deleted: Set<number>;
}

/**
 * Inserts, updates and deletes rows of shop.hot_item, several to a transaction, one transaction after the other, until stopped.
 * A server that goes away is waited for; a commit whose answer was lost is looked up.
 */
export class Load {
  readonly committed: Committed = { versions: new Set(), deleted: new Set() };
  #stop = false;
  readonly #running: Promise<void>;

  /** @param server who takes the writes now; asked for each new connection */
  constructor(server: Server | (() => Server), firstId = 1) {
    this.#running = this.#run(typeof server === 'function' ? server : () => server, firstId);
    this.#running.catch(() => undefined); // thrown by stop
  }

  /** Resolves when the last transaction is committed. */
  async stop(): Promise<Committed> {
    this.#stop = true;
    await this.#running;
    return this.committed;
  }

  async #run(server: () => Server, firstId: number): Promise<void> {
    let sql = await connectSql(server());
    try {
      for (let id = firstId; !this.#stop; id += 4) {
        try {
          await write(sql, id);
        } catch (error) {
          if (!isLost(error)) throw error;
          await sql.close().catch(() => undefined); // with what it has open
          // The answer was lost, the transaction perhaps not: it is there as a whole, or not at all.
          const now = await comeBack(server, (one) => one.one(`SELECT COUNT(*) FROM shop.hot_item WHERE id = ${id}`));
          sql = now.sql;
          if (now.answer === '0') continue;
        }
        for (const n of [0, 1, 2, 3]) this.committed.versions.add(`${id + n}/1`);
        for (const n of [0, 1]) this.committed.versions.add(`${id + n}/2`);
        this.committed.deleted.add(id + 3);
        await sleep(PAUSE_MS);
      }
    } finally {
      await sql.close();
    }
  }
}

async function write(sql: Sql, id: number): Promise<void> {
  const rows = [0, 1, 2, 3].map((n) => `(${id + n}, 1, 'item ${id + n} größe', ${(id + n) % 1000}.50)`);
  await sql.run(`BEGIN; INSERT INTO shop.hot_item (id, version, name, price) VALUES ${rows.join(',')};
    UPDATE shop.hot_item SET version = 2, price = price + 1 WHERE id IN (${id}, ${id + 1});
    DELETE FROM shop.hot_item WHERE id = ${id + 3}; COMMIT`);
}

/** Whether the server went away or takes no more writes, and it is not an error of its own. */
function isLost(error: unknown): boolean {
  const { fatal, code } = error as { fatal?: boolean; code?: string };
  return fatal === true || code === 'ER_SERVER_SHUTDOWN' || code === 'ER_OPTION_PREVENTS_STATEMENT';
}

/** A new connection and its first answer, as soon as the server gives one. */
async function comeBack(
  server: () => Server,
  ask: (sql: Sql) => Promise<string>,
): Promise<{ readonly sql: Sql; readonly answer: string }> {
  const late = AbortSignal.timeout(COME_BACK_MS);
  for (;;) {
    await sleep(PAUSE_MS * 20);
    try {
      const sql = await connectSql(server());
      return { sql, answer: await ask(sql) };
    } catch (error) {
      if (late.aborted) throw error;
    }
  }
}
