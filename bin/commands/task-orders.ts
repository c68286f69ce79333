import { handOver, setControl } from '../../coordination/control.js';
import { parsePosition } from '../../coordination/position.js';
import { deleteTask } from '../../coordination/registry.js';
import { positionSchema, type Control } from '../../coordination/schema/znodes.js';
import { CoordinationError } from '../../coordination/session.js';
import { overviewTask } from '../../coordination/task-list.js';
import { CliError } from '../exit-codes.js';
import { auditCli } from '../audit.js';
import { withSession } from '../with-session.js';
import type { CommandContext } from './context.js';
import { requireTaskName } from './core.js';

/** Orders a task to pause; it keeps its place. */
export async function taskPause(context: CommandContext, task: string): Promise<void> {
  await order(context, task, 'task.pause', undefined, (control) => ({ ...control, desired: 'PAUSED' }));
  context.screen.say(`${task} is to pause; it keeps its place (go on with: mysql-replicator task resume ${task})`);
}

/**
 * Orders a task to go on, or to try again when it is STOPPED. With `from` it begins there instead of at its lastCommit; without,
 * an earlier choice that nobody took up is withdrawn. `adoptTerm` is a term later than this ZooKeeper's that the task may go on after.
 */
export async function taskResume(
  context: CommandContext,
  task: string,
  from: string | undefined,
  adoptTerm?: number,
): Promise<void> {
  const restartFrom = from === undefined ? undefined : parseFrom(from);
  const action = restartFrom === undefined ? 'task.resume' : 'task.position';
  const after = restartFrom === undefined && adoptTerm === undefined ? undefined : { to: restartFrom, adoptTerm };
  await order(context, task, action, after, ({ restartFrom: _past, adoptTerm: _adopted, ...control }) => ({
    ...control,
    desired: 'RUNNING',
    resumes: control.resumes + 1,
    ...(restartFrom === undefined ? {} : { restartFrom }),
    ...(adoptTerm === undefined ? {} : { adoptTerm }),
  }));
  context.screen.say(`${task} is to go on${from === undefined ? '' : ` from ${from}`}`);
}

/** Orders the Core that runs a task to give it to the next in line. */
export async function taskHandOver(context: CommandContext, task: string): Promise<void> {
  requireTaskName(task);
  const { leader, standby, group } = await withSession(context, async (session) => {
    const { spec, instances } = await overviewTask(session, task);
    if (spec.kind === 'absent') throw noTask(task);
    const waiting = instances.filter(({ reading }) => reading.kind === 'present' && reading.value.state === 'STANDBY');
    const group = spec.kind === 'present' ? spec.value.group : undefined;
    return {
      leader: await auditCli(context, session, { action: 'task.hand-over', object: `tasks/${task}` }, () =>
        handOver(session, task),
      ),
      standby: waiting.length,
      group,
    };
  });
  if (leader === undefined) {
    throw new CliError('conflict', `no Core runs ${task}, so there is nothing to hand over`, {
      remedy: `start one with: mysql-replicator core --task ${task}`,
    });
  }
  context.screen.emit({ task, from: leader, standby });
  context.screen.say(`${leader.core} is to hand ${task} over`);
  if (standby > 0) return;
  const others = group === undefined ? '' : `, unless another Core of group ${group} has room for it`;
  context.screen.say(`there is no standby: the same Core will take it again${others}`);
}

/** Deletes a task with its position and history; never what it delivered. */
export async function taskDelete(context: CommandContext, task: string, force: boolean): Promise<void> {
  requireTaskName(task);
  const deleted = await withSession(context, (session) =>
    auditCli(context, session, { action: 'task.delete', object: `tasks/${task}` }, () =>
      deleteTask(session, task, { force }),
    ).catch((error: unknown) => {
      if (!(error instanceof CoordinationError) || error.kind !== 'task-running') throw error;
      throw new CliError('conflict', `${task} is running; nothing was deleted`, {
        remedy: `pause it first (mysql-replicator task pause ${task}), or add --force`,
        cause: error,
      });
    }),
  );
  if (!deleted) throw noTask(task);
  context.screen.emit({ task, outcome: 'deleted' });
  context.screen.say(`${task} is deleted, with its position and history; what it delivered stays in Kafka`);
}

async function order(
  context: CommandContext,
  task: string,
  action: string,
  after: unknown,
  change: (control: Control) => Control,
): Promise<void> {
  requireTaskName(task);
  const control = await withSession(context, (session) =>
    auditCli(context, session, { action, object: `tasks/${task}`, after }, () => setControl(session, task, change)),
  ).catch((error: unknown) => {
    throw error instanceof CoordinationError && error.kind === 'no-node' ? noTask(task) : error;
  });
  context.screen.emit({ task, control });
}

function parseFrom(text: string): NonNullable<Control['restartFrom']> {
  if (text === 'latest' || text === 'earliest') return text;
  try {
    return positionSchema.parse(parsePosition(text));
  } catch (cause) {
    throw new CliError('usage', `--from ${JSON.stringify(text.slice(0, 120))} is not a place in a binlog`, {
      remedy: 'give latest, earliest, or FILE:OFFSET with an offset from 4 on, e.g. binlog.000012:4711',
      cause,
    });
  }
}

function noTask(task: string): CoordinationError {
  return new CoordinationError('no-node', `there is no task ${task}`);
}
