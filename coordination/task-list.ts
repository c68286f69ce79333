import type { z } from 'zod';
import { lineUp } from './election.js';
import { paths } from './paths.js';
import { taskSpecSchema } from './schema/task-spec.js';
import {
  controlSchema,
  instanceSchema,
  lastCommitSchema,
  progressSchema,
  type Control,
  type Instance,
  type LastCommitNode,
  type Progress,
} from './schema/znodes.js';
import type { Session } from './session.js';
import { look, type Reading } from './znode.js';

type TaskSpec = z.infer<typeof taskSpecSchema>;

export interface InstanceEntry {
  readonly node: string;
  readonly sequence: number;
  readonly reading: Reading<Instance>;
}

/** A task as it stands in the tree; each part may be there, absent, or unreadable by itself. */
export interface TaskOverview {
  readonly name: string;
  /** Absent: a Core waits for a task of this name that nobody has registered. */
  readonly spec: Reading<TaskSpec>;
  /** In the order of their turn. */
  readonly instances: readonly InstanceEntry[];
  /** Children of the instances node that no join can have made. */
  readonly foreign: readonly string[];
  readonly control: Reading<Control>;
  readonly progress: Reading<Progress>;
  readonly lastCommit: Reading<LastCommitNode>;
}

/** Looks at every task, sorted by name. Unreadable parts are values in it and fail nothing. @throws CoordinationError */
export async function listTasks(session: Session): Promise<TaskOverview[]> {
  const names = (await session.children(paths.tasks)) ?? [];
  return Promise.all(names.sort().map((name) => overviewTask(session, name)));
}

/** Looks at one task, registered or not. @throws CoordinationError */
export async function overviewTask(session: Session, task: string): Promise<TaskOverview> {
  const [spec, children, control, progress, lastCommit] = await Promise.all([
    look(session, paths.task(task), taskSpecSchema),
    session.children(paths.instances(task)),
    look(session, paths.control(task), controlSchema),
    look(session, paths.progress(task), progressSchema),
    look(session, paths.lastCommit(task), lastCommitSchema),
  ]);
  const { line, foreign } = lineUp(children ?? []);
  const instances = await Promise.all(
    line.map(async ({ node, sequence }): Promise<InstanceEntry> => {
      return { node, sequence, reading: await look(session, paths.instance(task, node), instanceSchema) };
    }),
  );
  return { name: task, spec, instances, foreign, control, progress, lastCommit };
}
