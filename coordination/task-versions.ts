import { isDeepStrictEqual } from 'node:util';
import { paths } from './paths.js';
import { taskSpecSchema, type TaskSpec } from './schema/task-spec.js';
import { taskVersionsSchema, type TaskVersion, type TaskVersions } from './schema/task-versions.js';
import { CoordinationError, type Session } from './session.js';
import { createOrFill, look, readTyped, writeTyped, type ZnodeUnreadable } from './znode.js';

const KEPT = 50;
/** A znode holds 1 MB; long lists of tables must not fill it. */
const KEPT_BYTES = 300_000;

/** Who changed a configuration, and how it came about. */
export interface VersionNote {
  readonly who: string;
  readonly note: string;
}

/** A task's configurations, oldest first. @throws ZnodeUnreadable, CoordinationError */
export async function readVersions(session: Session, task: string): Promise<readonly TaskVersion[]> {
  return (await readTyped(session, paths.versions(task), taskVersionsSchema))?.value.versions ?? [];
}

/**
 * Keeps the configuration that is in force now, after it was written. `before` is the one that it replaced: it is added where the list ends
 * with another, because whoever wrote it died before it was kept. Resolves to the reason when the list cannot be read: it is left alone then.
 * @throws CoordinationError
 */
export async function keepVersion(
  session: Session,
  spec: TaskSpec,
  { who, note }: VersionNote,
  before?: TaskSpec,
): Promise<ZnodeUnreadable | undefined> {
  const path = paths.versions(spec.name);
  for (;;) {
    const reading = await look(session, path, taskVersionsSchema);
    if (reading.kind === 'unreadable') return reading.error;
    const kept = reading.kind === 'present' ? reading.value.versions : [];
    const at = Date.now();
    let next = kept;
    if (before !== undefined && !isSame(next.at(-1)?.spec, before)) {
      next = [...next, { n: numberAfter(next), at, who: 'unknown', note: 'found', spec: before }];
    }
    if (!isSame(next.at(-1)?.spec, spec)) next = [...next, { n: numberAfter(next), at, who, note, spec }];
    if (next === kept) return undefined;
    const value = bounded(next);
    try {
      if (reading.kind === 'present') await writeTyped(session, path, taskVersionsSchema, value, reading.stat.version);
      else await createOrFill(session, path, taskVersionsSchema, value);
      return undefined;
    } catch (error) {
      const raced =
        error instanceof CoordinationError && ['version-conflict', 'node-exists', 'no-node'].includes(error.kind);
      if (!raced) throw error;
    }
  }
}

function bounded(versions: readonly TaskVersion[]): TaskVersions {
  let kept = versions.slice(-KEPT);
  while (kept.length > 1 && JSON.stringify(kept).length > KEPT_BYTES) kept = kept.slice(1);
  return { versions: kept };
}

function numberAfter(versions: readonly TaskVersion[]): number {
  return (versions.at(-1)?.n ?? 0) + 1;
}

/** Both through the schema, so that defaults written out and left out are the same. */
function isSame(a: TaskSpec | undefined, b: TaskSpec): boolean {
  return a !== undefined && isDeepStrictEqual(taskSpecSchema.parse(a), taskSpecSchema.parse(b));
}
