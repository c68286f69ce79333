import { paths, znodeName } from './paths.js';
import { coreHealthSchema, type CoreHealth } from './schema/znodes.js';
import { CoordinationError, type Session } from './session.js';
import { createTyped, writeTyped } from './znode.js';

/** How often a process says how it is. */
export const HEALTH_PACE_MS = 10_000;

/** An answer that took longer says little of the clocks: the request may have waited for a connection. */
const QUICK_MS = 500;
const TRIES = 3;

/**
 * Says how this process is, as `/health/<name>` for as long as the session lives. Resolves to how far this machine's clock is ahead of
 * ZooKeeper's, in milliseconds, exact to half the time that the answer took; undefined while no answer comes quickly. What waited is said again, since others
 * compare its time with the node's, too.
 * @throws CoordinationError
 */
export async function tellHealth(session: Session, health: Omit<CoreHealth, 'at'>): Promise<number | undefined> {
  for (let i = 0; i < TRIES; i++) {
    const began = Date.now();
    const modifiedAt = await write(session, { ...health, at: began });
    const took = Date.now() - began;
    if (took <= QUICK_MS) return began + took / 2 - modifiedAt;
  }
  return undefined;
}

async function write(session: Session, said: CoreHealth): Promise<number> {
  const path = paths.health(znodeName(said.core));
  try {
    return (await writeTyped(session, path, coreHealthSchema, said, -1)).modifiedAt;
  } catch (error) {
    if (!(error instanceof CoordinationError) || error.kind !== 'no-node') throw error;
    return (await createTyped(session, path, coreHealthSchema, said, 'ephemeral')).stat.modifiedAt;
  }
}
