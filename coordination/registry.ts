import { isDeepStrictEqual } from 'node:util';
import { readControl } from './control.js';
import { lineUp } from './election.js';
import { paths } from './paths.js';
import { taskSpecSchema, type TaskSpec } from './schema/task-spec.js';
import { instanceSchema } from './schema/znodes.js';
import { CoordinationError, type Session } from './session.js';
import { look, readTyped, writeTyped, type Typed } from './znode.js';

/**
 * The task registry. ZooKeeper is used without transactions, so the writes are ordered such that a crash between any two
 * leaves a tree which the next registration completes:
 *
 *   1. `/tasks/<task>/instances` (and with it `/tasks/<task>`, empty): an empty task node means "not registered yet", which is
 *      also what a Core finds that joins before its task is configured.
 *   2. `/groups/<group>/<task>`: an entry whose task has no configuration, or names another group, is passed over by a scan.
 *   3. The configuration into `/tasks/<task>` by compare-and-set: from here the task is registered, wholly. Then step 2 once
 *      more: whoever takes an entry away because its task has no configuration (`doctor`) looks again afterwards, and so one of the
 *      two sees what the other did.
 *   4. Entries of other groups (from an interrupted change of group) are taken away.
 *
 * Deletion goes backwards: index, configuration, then what is below.
 */
export type Registration = 'registered' | 'unchanged' | 'replaced';

export interface RegisterOptions {
  /** Replaces another configuration; without it one that differs is refused with `node-exists`. */
  readonly replace?: boolean;
  /** The version that the replaced one must have; any when absent. */
  readonly version?: number;
}

/**
 * Registers a task, or completes a registration that was interrupted. Doing it twice with the same configuration is fine.
 * @throws CoordinationError `node-exists` (another configuration is registered), `version-conflict`; ZnodeUnreadable
 */
export async function registerTask(
  session: Session,
  spec: TaskSpec,
  options: RegisterOptions = {},
): Promise<Registration> {
  await ensure(session, paths.instances(spec.name));
  if (spec.group !== undefined) await ensure(session, paths.groupTask(spec.group, spec.name));
  const outcome = await writeSpec(session, spec, options);
  if (spec.group !== undefined) await ensure(session, paths.groupTask(spec.group, spec.name));
  await sweepGroups(session, spec.name, spec.group);
  return outcome;
}

/**
 * Replaces the configuration of a registered task; `version` is the one it was read with.
 * @throws CoordinationError `no-node` (not registered), `version-conflict`
 */
export async function updateTask(session: Session, spec: TaskSpec, version: number): Promise<void> {
  const path = paths.task(spec.name);
  const node = await session.read(path);
  if (node === undefined || node.data === '') throw new CoordinationError('no-node', 'no such task', path);
  if (spec.group !== undefined) await ensure(session, paths.groupTask(spec.group, spec.name));
  await writeTyped(session, path, taskSpecSchema, spec, version);
  if (spec.group !== undefined) await ensure(session, paths.groupTask(spec.group, spec.name));
  await sweepGroups(session, spec.name, spec.group);
}

/** Reads a task's configuration; `undefined` when it is not registered (yet). @throws ZnodeUnreadable, CoordinationError */
export function readTask(session: Session, task: string): Promise<Typed<TaskSpec> | undefined> {
  return readTyped(session, paths.task(task), taskSpecSchema);
}

/**
 * Deletes a task with its position, history and control. Instances that are there lose their nodes and so their lead; a Core that
 * serves this very task joins again and waits for a configuration, in which case an empty task node stays: that is no task.
 * Resolves to false when there was none, and no position of one either.
 * @throws CoordinationError `task-running` when somebody leads it and it is not paused, unless `force`
 */
export async function deleteTask(session: Session, task: string, options: { force?: boolean } = {}): Promise<boolean> {
  const path = paths.task(task);
  const node = await session.read(path);
  if (node === undefined) return false;
  if (options.force !== true && (await isWorking(session, task))) {
    throw new CoordinationError('task-running', 'the task is running; pause it first, or force the deletion', path);
  }
  await sweepGroups(session, task, undefined);
  await session.set(path, '', -1).catch(ignore('no-node'));
  const below = (await session.children(path)) ?? [];
  for (const name of below) await removeTree(session, `${path}/${name}`);
  // A Core that joins again meanwhile makes it not empty.
  await session.remove(path).catch(ignore('not-empty'));
  return node.data !== '' || below.includes('lastCommit');
}

/**
 * Takes away what a deletion could not: the empty nodes that a Core made by joining again meanwhile. A task that is registered,
 * or that a Core waits for, is left alone, also when that happens just now.
 */
export async function sweepDeleted(session: Session, task: string): Promise<void> {
  const node = await session.read(paths.task(task));
  if (node === undefined || node.data !== '') return;
  await session.remove(paths.instances(task)).catch(ignore('not-empty'));
  // The version: nobody has written a configuration since.
  await session.remove(paths.task(task), node.stat.version).catch(ignore('not-empty', 'version-conflict'));
}

async function writeSpec(session: Session, spec: TaskSpec, options: RegisterOptions): Promise<Registration> {
  const path = paths.task(spec.name);
  for (;;) {
    const found = await session.read(path);
    if (found === undefined) {
      await ensure(session, paths.instances(spec.name));
      continue;
    }
    const empty = found.data === '';
    if (!empty && (await holdsSame(session, spec))) return 'unchanged';
    if (!empty && options.replace !== true) {
      throw new CoordinationError('node-exists', 'a task of this name has another configuration', path);
    }
    const version = empty ? found.stat.version : (options.version ?? found.stat.version);
    try {
      await writeTyped(session, path, taskSpecSchema, spec, version);
      return empty ? 'registered' : 'replaced';
    } catch (error) {
      const raced = error instanceof CoordinationError && ['version-conflict', 'no-node'].includes(error.kind);
      if (!raced || options.version !== undefined) throw error;
    }
  }
}

async function holdsSame(session: Session, spec: TaskSpec): Promise<boolean> {
  const reading = await look(session, paths.task(spec.name), taskSpecSchema);
  // Both through the schema, so that defaults written out and left out are the same.
  return reading.kind === 'present' && isDeepStrictEqual(reading.value, taskSpecSchema.parse(spec));
}

async function isWorking(session: Session, task: string): Promise<boolean> {
  const control = await readControl(session, task).catch(() => undefined);
  if (control?.desired === 'PAUSED') return false;
  const { line } = lineUp((await session.children(paths.instances(task))) ?? []);
  const first = line[0];
  if (first === undefined) return false;
  const reading = await look(session, paths.instance(task, first.node), instanceSchema);
  return reading.kind === 'present' && reading.value.state === 'RUNNING';
}

/** Takes the task out of every group's index except the one it belongs to. */
async function sweepGroups(session: Session, task: string, keep: string | undefined): Promise<void> {
  for (const group of (await session.children(paths.groups)) ?? []) {
    if (group !== keep) await session.remove(paths.groupTask(group, task));
  }
}

async function ensure(session: Session, path: string): Promise<void> {
  await session.create(path, '', 'persistent').catch(ignore('node-exists'));
}

async function removeTree(session: Session, path: string): Promise<void> {
  for (const name of (await session.children(path)) ?? []) await removeTree(session, `${path}/${name}`);
  await session.remove(path).catch(ignore('not-empty'));
}

function ignore(...kinds: CoordinationError['kind'][]): (error: unknown) => undefined {
  return (error) => {
    if (error instanceof CoordinationError && kinds.includes(error.kind)) return undefined;
    throw error;
  };
}
