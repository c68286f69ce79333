import { orderHandOver, orderPause, orderResume } from '../../coordination/orders.js';
import { deleteTask } from '../../coordination/registry.js';
import type { Control } from '../../coordination/schema/znodes.js';
import { CoordinationError, type Session } from '../../coordination/session.js';
import { overviewTask } from '../../coordination/task-list.js';
import type { Typed } from '../../coordination/znode.js';
import { CliError } from '../exit-codes.js';
import { asOperator } from '../audit.js';
import type { CommandContext } from './context.js';
import { requireTaskName } from './core.js';
import { parsePlace } from './task-changes.js';

/** Orders a task to pause; it keeps its place. */
export async function taskPause(context: CommandContext, task: string): Promise<void> {
  await order(context, task, { action: 'task.pause' }, (session, by) => orderPause(session, task, by));
  context.screen.say(`${task} is to pause; it keeps its place (go on with: mysql-replicator task resume ${task})`);
}

/** Orders a task to go on, or to try again when it is STOPPED; see `orderResume`. */
export async function taskResume(
  context: CommandContext,
  task: string,
  from: string | undefined,
  adoptTerm?: number,
): Promise<void> {
  const place = from === undefined ? undefined : parsePlace(from);
  const after = place === undefined && adoptTerm === undefined ? undefined : { to: place, adoptTerm };
  const action = adoptTerm !== undefined ? 'task.adopt-term' : place !== undefined ? 'task.position' : 'task.resume';
  await order(context, task, { action, after }, (session, by) =>
    orderResume(session, task, by, { from: place, adoptTerm }),
  );
  context.screen.say(`${task} is to go on${from === undefined ? '' : ` from ${from}`}`);
}

/** Orders the Core that runs a task to give it to the next in line. */
export async function taskHandOver(context: CommandContext, task: string): Promise<void> {
  requireTaskName(task);
  const what = { action: 'task.hand-over', object: `tasks/${task}` };
  const { leader, standby, group } = await asOperator(context, what, async (session, by) => {
    const { spec, instances } = await overviewTask(session, task);
    if (spec.kind === 'absent') throw noTask(task);
    const waiting = instances.filter(({ reading }) => reading.kind === 'present' && reading.value.state === 'STANDBY');
    const group = spec.kind === 'present' ? spec.value.group : undefined;
    return { leader: (await orderHandOver(session, task, by))?.leader, standby: waiting.length, group };
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
  const deleted = await asOperator(context, { action: 'task.delete', object: `tasks/${task}` }, (session) =>
    deleteTask(session, task, { force }).catch((error: unknown) => {
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
  what: { readonly action: string; readonly after?: unknown },
  give: (session: Session, by: { readonly who: string }) => Promise<Typed<Control>>,
): Promise<void> {
  requireTaskName(task);
  const { value } = await asOperator(context, { ...what, object: `tasks/${task}` }, give).catch((error: unknown) => {
    throw error instanceof CoordinationError && error.kind === 'no-node' ? noTask(task) : error;
  });
  context.screen.emit({ task, control: value });
}

function noTask(task: string): CoordinationError {
  return new CoordinationError('no-node', `there is no task ${task}`);
}
