import { createHash } from 'node:crypto';
import type { Logger } from '../../../coordination/log.js';
import type { Claim } from '../sink.js';
import type { Bookkeeping } from './bookkeeping.js';
import type { TargetConnection } from './target-connection.js';
import { TargetError } from './target-failure.js';

export interface Takeover {
  readonly books: Bookkeeping;
  readonly claim: Claim;
  readonly task: string;
  readonly log: Logger;
}

const WAIT_SECONDS = 5;
/** As many as `sink.mysql.parallel` may say. */
const MOST_CONNECTIONS = 64;

/**
 * Ends the connections of whoever applied before, and with them what they left open: the server would keep the row locks of a dead machine's
 * connection for hours. They are found by a named lock that each connection of a lead holds. No promise rests on this, only that a
 * take-over is quick.
 * @throws Failure term-behind when a later term has written; TargetError
 */
export async function releasePredecessor(
  connections: readonly TargetConnection[],
  { books, claim, task, log }: Takeover,
): Promise<void> {
  const stored = await books.read(connections[0]!, 'look');
  if (stored && stored.value.term > claim.term && stored.value.term !== claim.adoptTerm) {
    throw books.behind(stored, claim.term);
  }
  // Names of locks have at most 64 characters.
  const hash = createHash('sha256').update(`${books.name} ${task}`).digest('hex').slice(0, 40);
  const lock = (i: number): string => `'mysql_replicator ${hash} ${i}'`;
  const holders = Array.from({ length: MOST_CONNECTIONS }, (_, i) => `IS_USED_LOCK(${lock(i)})`);
  const [held = {}] = await connections[0]!.rows(`SELECT ${holders.join()}`);
  const own = new Set(connections.map(({ id }) => id));
  for (const holder of Object.values(held)) {
    if (holder !== null && !own.has(Number(holder))) await end(connections[0]!, Number(holder), log);
  }
  await Promise.all(
    connections.map((connection, i) => connection.rows(`SELECT GET_LOCK(${lock(i)}, ${WAIT_SECONDS})`)),
  );
}

async function end(connection: TargetConnection, holder: number, log: Logger): Promise<void> {
  try {
    await connection.run(`KILL CONNECTION ${holder}`);
    log.info({ connection: holder }, 'ended a connection of the lead before');
  } catch (error) {
    // It has just gone, or belongs to another account.
    if (!(error instanceof TargetError) || error.fatal) throw error;
    log.warn({ err: error }, 'a connection of the lead before could not be ended');
  }
}
