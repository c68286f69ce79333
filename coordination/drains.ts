import { paths, znodeName } from './paths.js';
import { drainSchema, type Drain } from './schema/drain.js';
import type { Session } from './session.js';
import { createOrFill, look, type Reading } from './znode.js';
import { CoordinationError } from './session.js';

/**
 * Orders a Core to give its tasks up before maintenance. The order outlives the Core: one that starts under the same name takes nothing until it
 * is called off. Resolves to false when it was ordered already. @throws CoordinationError
 */
export async function orderDrain(session: Session, core: string, drain: Drain): Promise<boolean> {
  try {
    await createOrFill(session, paths.drain(znodeName(core)), drainSchema, drain);
    return true;
  } catch (error) {
    if (error instanceof CoordinationError && error.kind === 'node-exists') return false;
    throw error;
  }
}

/** Calls a drain off. Resolves to false when there was none. @throws CoordinationError */
export function cancelDrain(session: Session, core: string): Promise<boolean> {
  return session.remove(paths.drain(znodeName(core)));
}

/** The drains that are ordered, by Core. @throws CoordinationError */
export async function listDrains(session: Session): Promise<{ core: string; reading: Reading<Drain> }[]> {
  const names = ((await session.children(paths.drains)) ?? []).sort();
  return Promise.all(
    names.map(async (core) => ({ core, reading: await look(session, paths.drain(core), drainSchema) })),
  );
}
