import type { z } from 'zod';
import { readAccess, type AccessTree } from './doctor-access.js';
import { readProtection, type Unprotected } from './doctor-protection.js';
import { lineUp } from './election.js';
import { inParallel } from './in-parallel.js';
import { paths, TASK_NODES } from './paths.js';
import { taskSpecSchema, type TaskSpec } from './schema/task-spec.js';
import {
  controlSchema,
  coreInfoSchema,
  historySchema,
  instanceSchema,
  lastCommitSchema,
  progressSchema,
  type Control,
  type CoreInfo,
  type History,
  type Instance,
  type LastCommitNode,
  type Progress,
} from './schema/znodes.js';
import type { Session, ZnodeStat } from './session.js';
import { look, type Reading } from './znode.js';

/** A znode with its stat, which an empty one has too; without stat there is none. */
export interface Part<T> {
  readonly reading: Reading<T>;
  readonly stat: ZnodeStat | undefined;
}

export interface InstancePart extends Part<Instance> {
  readonly node: string;
}

export interface TaskTree {
  readonly name: string;
  readonly spec: Part<TaskSpec>;
  readonly control: Part<Control>;
  readonly progress: Part<Progress>;
  readonly history: Part<History>;
  readonly lastCommit: Part<LastCommitNode>;
  /** In the order of their turn; undefined when there is no instances node. */
  readonly instances: readonly InstancePart[] | undefined;
  /** Children of the instances node that no join can have made. */
  readonly foreign: readonly { readonly node: string; readonly stat: ZnodeStat }[];
  /** Children of the task that this version does not make. */
  readonly unknown: readonly string[];
}

export interface CorePart extends Part<CoreInfo> {
  readonly node: string;
}

/** All that the doctor looks at. Read in many requests: what changes meanwhile may not fit together. */
export interface Tree {
  readonly top: readonly string[];
  readonly groups: readonly { readonly group: string; readonly tasks: readonly string[] }[];
  readonly cores: readonly CorePart[];
  readonly tasks: readonly TaskTree[];
  readonly unprotected: Unprotected;
  readonly access: AccessTree;
}

/** Tasks (or groups, or Cores) that are read at the same time; each has a few requests under way. */
const AT_A_TIME = 16;

/**
 * Reads the whole tree below the root, with bounded concurrency; what cannot be read is a value in it. Cores come first and
 * instances last: a Core makes itself known before it joins. @throws CoordinationError
 */
export async function readTree(session: Session): Promise<Tree> {
  const sorted = async (path: string): Promise<string[]> => ((await session.children(path)) ?? []).sort();
  const cores = await inParallel(await sorted(paths.cores), AT_A_TIME, async (node) => {
    return { node, ...(await readPart(session, paths.core(node), coreInfoSchema)) };
  });
  const groups = await inParallel(await sorted(paths.groups), AT_A_TIME, async (group) => {
    return { group, tasks: await sorted(paths.group(group)) };
  });
  const tasks = await inParallel(await sorted(paths.tasks), AT_A_TIME, (task) => readTaskTree(session, task));
  const [unprotected, access] = [await readProtection(session), await readAccess(session)];
  return { top: await sorted('/'), groups, cores, tasks, unprotected, access };
}

/** Of two parts that are compared, the one that follows the other is read first, so that a moment between them cannot look like a fault. */
async function readTaskTree(session: Session, task: string): Promise<TaskTree> {
  const children = (await session.children(paths.task(task))) ?? [];
  const part = async <S extends z.ZodType>(name: string, path: string, schema: S): Promise<Part<z.output<S>>> => {
    return children.includes(name) ? readPart(session, path, schema) : NONE;
  };
  const [spec, progress, history] = await Promise.all([
    readPart(session, paths.task(task), taskSpecSchema),
    part('progress', paths.progress(task), progressSchema),
    part('history', paths.history(task), historySchema),
  ]);
  const lastCommit = await part('lastCommit', paths.lastCommit(task), lastCommitSchema);
  const control = await part('control', paths.control(task), controlSchema);
  const below = await session.children(paths.instances(task));
  const { line, foreign } = lineUp(below ?? []);
  const instances = await Promise.all(
    line.map(async ({ node }) => {
      return { node, ...(await readPart(session, paths.instance(task, node), instanceSchema)) };
    }),
  );
  const strangers = await Promise.all(
    foreign.map(async (node) => ({ node, stat: (await session.read(paths.instance(task, node)))?.stat })),
  );
  return {
    name: task,
    spec,
    control,
    progress,
    history,
    lastCommit,
    // One that went between the list and the look is not there.
    instances: below && instances.filter(({ stat }) => stat !== undefined),
    foreign: strangers.flatMap(({ node, stat }) => (stat === undefined ? [] : [{ node, stat }])),
    unknown: children.filter((name) => !TASK_NODES.includes(name)).sort(),
  };
}

const NONE: Part<never> = { reading: { kind: 'absent' }, stat: undefined };

async function readPart<S extends z.ZodType>(session: Session, path: string, schema: S): Promise<Part<z.output<S>>> {
  const reading = await look(session, path, schema);
  if (reading.kind === 'present') return { reading, stat: reading.stat };
  if (reading.kind === 'unreadable') return { reading, stat: reading.error.stat };
  const node = await session.read(path);
  return { reading, stat: node?.data === '' ? node.stat : undefined };
}
