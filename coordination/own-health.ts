import { paths, znodeName } from './paths.js';
import { coreHealthSchema, type CoreHealth } from './schema/znodes.js';
import { CoordinationError, type Session } from './session.js';
import { createTyped, writeTyped } from './znode.js';

/** How often a process says how it is. */
export const HEALTH_PACE_MS = 10_000;

/**
 * Says how this process is, as `/health/<name>` for as long as the session lives. Resolves to how far this machine's clock is ahead of
 * ZooKeeper's, in milliseconds, exact to half the time that the answer took.
 * @throws CoordinationError
 */
export async function tellHealth(session: Session, health: Omit<CoreHealth, 'at'>): Promise<number> {
  const path = paths.health(znodeName(health.core));
  const began = Date.now();
  const said: CoreHealth = { ...health, at: began };
  let modifiedAt: number;
  try {
    modifiedAt = (await writeTyped(session, path, coreHealthSchema, said, -1)).modifiedAt;
  } catch (error) {
    if (!(error instanceof CoordinationError) || error.kind !== 'no-node') throw error;
    modifiedAt = (await createTyped(session, path, coreHealthSchema, said, 'ephemeral')).stat.modifiedAt;
  }
  return (began + Date.now()) / 2 - modifiedAt;
}
