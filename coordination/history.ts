import { paths } from './paths.js';
import type { TaskEventNode } from './schema/task-event.js';
import { historySchema, type History, type HistoryTerm } from './schema/znodes.js';
import { CoordinationError, type Session } from './session.js';
import { createTyped, readTyped, writeTyped, type ZnodeUnreadable, type Reading, look } from './znode.js';

/** The schema's bounds; what is older is forgotten. */
const KEPT = 50;
const EVENTS_KEPT = 100;

/**
 * Adds a term to a task's history. A term that is there already (the same lead after a lost connection) is not added twice.
 * Resolves to the reason when the history cannot be read: it is then left alone, since it may be a newer version's, and
 * replication does not depend on it.
 * @throws CoordinationError
 */
export async function appendTerm(
  session: Session,
  task: string,
  entry: HistoryTerm,
): Promise<ZnodeUnreadable | undefined> {
  return change(session, task, (history) => {
    if (history.terms.some((known) => known.term === entry.term)) return undefined;
    return { ...history, terms: [...history.terms, entry].slice(-KEPT) };
  });
}

/**
 * Adds what happened to a task. Resolves to the reason when the history cannot be read, as `appendTerm` does; a task that is gone
 * has no history.
 * @throws CoordinationError
 */
export async function appendEvent(
  session: Session,
  task: string,
  event: TaskEventNode,
): Promise<ZnodeUnreadable | undefined> {
  const node = await session.read(paths.task(task));
  if (node === undefined) return undefined;
  return change(session, task, (history) => {
    return { ...history, events: [...(history.events ?? []), event].slice(-EVENTS_KEPT) };
  });
}

/** `next` of `undefined` leaves it as it is. */
async function change(
  session: Session,
  task: string,
  next: (history: History) => History | undefined,
): Promise<ZnodeUnreadable | undefined> {
  const path = paths.history(task);
  for (;;) {
    const reading = await look(session, path, historySchema);
    if (reading.kind === 'unreadable') return reading.error;
    const changed = next(reading.kind === 'present' ? reading.value : { terms: [] });
    if (changed === undefined || (await wrote(session, path, reading, changed))) return undefined;
  }
}

/** Reads a task's terms, oldest first; none when there is no history. @throws ZnodeUnreadable, CoordinationError */
export async function readHistory(session: Session, task: string): Promise<readonly HistoryTerm[]> {
  return (await readTyped(session, paths.history(task), historySchema))?.value.terms ?? [];
}

/** False when somebody else wrote between our reading and our writing. */
async function wrote(session: Session, path: string, reading: Reading<History>, next: History): Promise<boolean> {
  try {
    if (reading.kind === 'present') await writeTyped(session, path, historySchema, next, reading.stat.version);
    else await createTyped(session, path, historySchema, next, 'persistent');
    return true;
  } catch (error) {
    if (!(error instanceof CoordinationError)) throw error;
    if (error.kind === 'version-conflict' || error.kind === 'node-exists' || error.kind === 'no-node') return false;
    throw error;
  }
}
