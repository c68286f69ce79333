import { paths, znodeName } from './paths.js';
import { coreInfoSchema, type CoreInfo } from './schema/znodes.js';
import { CoordinationError, type Session } from './session.js';
import { newBell } from './follow.js';
import { createTyped, look, writeTyped, type Reading } from './znode.js';

/**
 * Makes the Core known as `/cores/<core>` for as long as the session lives. A Core that was killed and started again finds its
 * past self's node until that session has expired, so a taken name is waited for: `waitMs`, by default one session timeout and a half.
 * Resolves to a function that replaces what is known, and makes the node again where somebody has deleted it.
 * @throws CoordinationError `node-exists` when another living Core has the name, with where it runs
 */
export async function registerCore(
  session: Session,
  info: CoreInfo,
  waitMs: number = session.timeoutMs * 1.5,
): Promise<(info: CoreInfo) => Promise<void>> {
  const path = paths.core(znodeName(info.core));
  const bell = newBell();
  const deadline = setTimeout(() => bell.ring(), waitMs);
  const ends = performance.now() + waitMs;
  const unwatch = session.watch(path, 'data', () => bell.ring());
  try {
    while (!(await made(session, path, info))) {
      if (performance.now() >= ends) throw await taken(session, path, info.core);
      await bell.rung();
    }
  } finally {
    clearTimeout(deadline);
    unwatch();
  }
  return async (next) => {
    try {
      await writeTyped(session, path, coreInfoSchema, next, -1);
    } catch (error) {
      if (!(error instanceof CoordinationError) || error.kind !== 'no-node') throw error;
      await createTyped(session, path, coreInfoSchema, next, 'ephemeral');
    }
  };
}

/** The Cores that live, sorted by name. @throws CoordinationError */
export async function listCores(session: Session): Promise<{ core: string; reading: Reading<CoreInfo> }[]> {
  const names = ((await session.children(paths.cores)) ?? []).sort();
  return Promise.all(
    names.map(async (core) => ({ core, reading: await look(session, paths.core(core), coreInfoSchema) })),
  );
}

/** How many more tasks a Core may serve by group: what it serves by name does not count. Never below 0. */
export function groupRoom({ capacity = 0, load, tasks }: CoreInfo): number {
  return Math.max(0, capacity - ((load ?? tasks.length) - tasks.length));
}

async function made(session: Session, path: string, info: CoreInfo): Promise<boolean> {
  try {
    await createTyped(session, path, coreInfoSchema, info, 'ephemeral');
    return true;
  } catch (error) {
    if (error instanceof CoordinationError && error.kind === 'node-exists') return false;
    throw error;
  }
}

async function taken(session: Session, path: string, core: string): Promise<CoordinationError> {
  const reading = await look(session, path, coreInfoSchema);
  const where = reading.kind === 'present' ? ` on ${reading.value.host} (process ${reading.value.pid})` : '';
  return new CoordinationError('node-exists', `the name ${core} is taken by a living Core${where}`, path);
}
