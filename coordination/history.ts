import { paths } from './paths.js';
import { historySchema, type History, type HistoryTerm } from './schema/znodes.js';
import { CoordinationError, type Session } from './session.js';
import { createTyped, readTyped, writeTyped, type ZnodeUnreadable, type Reading, look } from './znode.js';

/** The schema's bound; older terms are forgotten. */
const KEPT = 50;

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
  const path = paths.history(task);
  for (;;) {
    const reading = await look(session, path, historySchema);
    if (reading.kind === 'unreadable') return reading.error;
    const terms = reading.kind === 'present' ? reading.value.terms : [];
    if (terms.some((known) => known.term === entry.term)) return undefined;
    const next: History = { terms: [...terms, entry].slice(-KEPT) };
    if (await wrote(session, path, reading, next)) return undefined;
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
