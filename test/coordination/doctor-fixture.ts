import { registerCore } from '../../coordination/cores.js';
import { appendTerm } from '../../coordination/history.js';
import { openLastCommit } from '../../coordination/last-commit.js';
import { instancePrefix, paths } from '../../coordination/paths.js';
import type { Position } from '../../coordination/position.js';
import { registerTask } from '../../coordination/registry.js';
import { taskSpecSchema, type TaskSpec } from '../../coordination/schema/task-spec.js';
import { instanceSchema, progressSchema } from '../../coordination/schema/znodes.js';
import type { Session } from '../../coordination/session.js';
import { createTyped } from '../../coordination/znode.js';

export function newSpec(name: string, more: Partial<TaskSpec> = {}): TaskSpec {
  return {
    ...taskSpecSchema.parse({
      name,
      source: { mysql: { host: 'db', user: 'repl' }, tables: ['shop.*'] },
      sink: { kafka: { brokers: ['kafka:9092'] } },
    }),
    ...more,
  };
}

export const PLACE: Position = { file: 'binlog.000002', offset: 500, events: 0 };

/** Makes the instance of a Core that leads, and resolves to its term. */
export async function joinAsLeader(session: Session, task: string, core = 'core-1'): Promise<number> {
  const instance = { core, host: 'h', pid: 1, state: 'RUNNING', since: 1 } as const;
  const { stat } = await createTyped(
    session,
    instancePrefix(task, 'h'),
    instanceSchema,
    instance,
    'ephemeral-sequential',
  );
  return stat.czxid;
}

/** A tree as it looks when all is well: `shop` of a group, with a Core that leads it, and `idle`, which nobody serves. */
export async function plantHealthy(session: Session): Promise<{ term: number }> {
  await registerTask(session, newSpec('shop', { group: 'g' }));
  await registerTask(session, newSpec('idle'));
  const info = { core: 'core-1', host: 'h', pid: 1, version: '0', since: 1, groups: ['g'], tasks: ['shop'] };
  await registerCore(session, info);
  const term = await joinAsLeader(session, 'shop');
  const commits = await openLastCommit(session, 'shop', { term, core: 'core-1', lease: session.lease });
  await commits.commit(PLACE, 1);
  await appendTerm(session, 'shop', { term, core: 'core-1', host: 'h', began: 1 });
  await plantProgress(session, 'shop', term, PLACE, Date.now());
  return { term };
}

export async function plantProgress(
  session: Session,
  task: string,
  term: number,
  position: Position,
  updatedAt: number,
): Promise<void> {
  await session.remove(paths.progress(task));
  const rates = { rows: 1, rowsPerSecond: 0, bytesPerSecond: 0, lagMs: 0 };
  const progress = { phase: 'RUNNING', since: 1, term, core: 'core-1', updatedAt, position, ...rates } as const;
  await createTyped(session, paths.progress(task), progressSchema, progress, 'persistent');
}
