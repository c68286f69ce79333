import { isDeepStrictEqual } from 'node:util';
import { appendEvent } from './history.js';
import { paths } from './paths.js';
import { readTask, registerTask, updateTask, type Registration } from './registry.js';
import { taskSpecSchema, type TaskSpec } from './schema/task-spec.js';
import { CoordinationError, type Session } from './session.js';
import { keepVersion, type VersionNote } from './task-versions.js';

/**
 * Changes of a task's configuration by people: written by compare-and-set, then kept among its versions and noted in its history, in this order. A
 * crash in between loses a note; the next edit finds the configuration that is not among the versions and keeps it.
 */

/** Registers a task and keeps its first version. @throws as `registerTask` */
export async function registerWithVersion(
  session: Session,
  spec: TaskSpec,
  who: string,
  options: { readonly replace?: boolean } = {},
): Promise<Registration> {
  const before = await presentSpec(session, spec.name);
  const outcome = await registerTask(session, spec, options);
  if (outcome !== 'unchanged') {
    const registered = outcome === 'registered';
    await note(session, spec, { who, note: registered ? 'registered' : 'replaced' }, before, {
      kind: registered ? 'registered' : 'configuration',
      text: registered ? 'registered' : 'its configuration was replaced',
    });
  }
  return outcome;
}

/**
 * Puts another configuration in the place of the one that was looked at; `expected` is its write (mzxid).
 * @throws CoordinationError `no-node`, `version-conflict`; ZnodeUnreadable
 */
export async function editTask(
  session: Session,
  spec: TaskSpec,
  expected: number,
  { who, note: how }: VersionNote,
): Promise<'changed' | 'unchanged'> {
  const path = paths.task(spec.name);
  const found = await readTask(session, spec.name).catch((error: unknown) => {
    // What cannot be read may be replaced, by whoever says that they looked at it.
    if (error instanceof Error && error.name === 'ZnodeUnreadable') return undefined;
    throw error;
  });
  const node = found ?? (await session.read(path));
  if (node === undefined || ('data' in node && node.data === '')) {
    throw new CoordinationError('no-node', 'no such task', path);
  }
  if (node.stat.mzxid !== expected) {
    throw new CoordinationError('version-conflict', 'the configuration was changed meanwhile', path);
  }
  const before = found?.value;
  if (before !== undefined && isDeepStrictEqual(taskSpecSchema.parse(before), taskSpecSchema.parse(spec))) {
    return 'unchanged';
  }
  await updateTask(session, spec, node.stat.version);
  const onlyInstances =
    before !== undefined &&
    isDeepStrictEqual({ ...before, instances: 0 }, { ...taskSpecSchema.parse(spec), instances: 0 });
  await note(session, spec, { who, note: how }, before, {
    kind: onlyInstances ? 'instances' : 'configuration',
    text: onlyInstances
      ? `wants ${spec.instances} instances instead of ${before.instances}`
      : `its configuration was changed (${how})`,
  });
  return 'changed';
}

async function note(
  session: Session,
  spec: TaskSpec,
  version: VersionNote,
  before: TaskSpec | undefined,
  event: { readonly kind: 'registered' | 'configuration' | 'instances'; readonly text: string },
): Promise<void> {
  await keepVersion(session, spec, version, before);
  await appendEvent(session, spec.name, { ...event, at: Date.now(), who: version.who });
}

async function presentSpec(session: Session, task: string): Promise<TaskSpec | undefined> {
  return (await readTask(session, task).catch(() => undefined))?.value;
}
