import { changeControl, readLeader } from './control.js';
import { appendEvent } from './history.js';
import { lineUp } from './election.js';
import { groupRoom, listCores } from './cores.js';
import { paths, znodeName } from './paths.js';
import { formatPosition } from './position.js';
import { readTask } from './registry.js';
import type { TaskEventNode } from './schema/task-event.js';
import { instanceSchema, type Control } from './schema/znodes.js';
import { CoordinationError, type Session } from './session.js';
import { look, type Typed } from './znode.js';

/** Who gives an order, and which write of the control (its mzxid, 0 for none) was looked at; any where it is not said. */
export interface OrderedBy {
  readonly who: string;
  readonly expected?: number | undefined;
}

export type RestartFrom = NonNullable<Control['restartFrom']>;

/** Orders a task to pause; it keeps its place. @throws CoordinationError `no-node`, `version-conflict` */
export async function orderPause(session: Session, task: string, by: OrderedBy): Promise<Typed<Control>> {
  return order(session, task, by, (control) => ({ ...control, desired: 'PAUSED' }), {
    kind: 'pause',
    text: 'ordered to pause',
  });
}

/**
 * Orders a task to go on, or to try again when it is STOPPED. With `from` it begins there instead of at its lastCommit; without,
 * an earlier choice that nobody took up is withdrawn. `adoptTerm` is a term later than this ZooKeeper's that the task may go on after.
 * @throws CoordinationError `no-node`, `version-conflict`
 */
export async function orderResume(
  session: Session,
  task: string,
  by: OrderedBy,
  { from, adoptTerm }: { readonly from?: RestartFrom | undefined; readonly adoptTerm?: number | undefined } = {},
): Promise<Typed<Control>> {
  const event: Pick<TaskEventNode, 'kind' | 'text'> =
    from === undefined
      ? { kind: 'resume', text: `ordered to go on${adoptTerm === undefined ? '' : ` after term ${adoptTerm}`}` }
      : { kind: 'position', text: `ordered to begin anew at ${describePlace(from)}` };
  return order(
    session,
    task,
    by,
    ({ restartFrom: _past, adoptTerm: _adopted, ...control }) => ({
      ...control,
      desired: 'RUNNING',
      resumes: control.resumes + 1,
      ...(from === undefined ? {} : { restartFrom: from }),
      ...(adoptTerm === undefined ? {} : { adoptTerm }),
    }),
    event,
  );
}

/**
 * Orders whoever leads the task now to step down; the order names its term, so that it cannot hit the next one. `undefined` when nobody leads.
 * @throws CoordinationError `no-node`, `version-conflict`
 */
export async function orderHandOver(
  session: Session,
  task: string,
  by: OrderedBy,
): Promise<{ leader: { term: number; core: string }; control: Typed<Control> } | undefined> {
  const leader = await readLeader(session, task);
  if (leader === undefined) return undefined;
  const control = await order(session, task, by, (before) => ({ ...before, handOverTerm: leader.term }), {
    kind: 'hand-over',
    text: `${leader.core} was ordered to hand over`,
    core: leader.core,
    term: leader.term,
  });
  return { leader, control };
}

/** Why a task cannot be moved to a Core; a sentence each, and what mends it. */
export class MoveRefused extends Error {
  readonly remedy: string | undefined;
  constructor(message: string, remedy?: string) {
    super(message);
    this.name = 'MoveRefused';
    this.remedy = remedy;
  }
}

/**
 * Orders a task to go to a Core: one that stands in line behind the leader, or one of the task's group that joins it for that. The order is of
 * the leader's term; whoever leads next by anything else is not bound by it.
 * @throws MoveRefused; CoordinationError `no-node`, `version-conflict`
 */
export async function orderMove(
  session: Session,
  task: string,
  to: string,
  by: OrderedBy,
): Promise<{ control: Typed<Control>; from: string; inLine: boolean }> {
  const spec = await readTask(session, task);
  if (spec === undefined) throw new CoordinationError('no-node', 'no such task', paths.task(task));
  const { line } = lineUp((await session.children(paths.instances(task))) ?? []);
  const members = await Promise.all(line.map(({ node }) => look(session, paths.instance(task, node), instanceSchema)));
  const held = members.map((reading) => (reading.kind === 'present' ? reading.value.core : undefined));
  const [first] = members;
  if (first?.kind !== 'present' || first.value.state !== 'RUNNING') {
    throw new MoveRefused(`no Core runs ${task}, so there is nothing to move`, 'start a Core that serves it');
  }
  if (first.value.core === to) throw new MoveRefused(`${task} runs on ${to} already`);
  const inLine = held.includes(to);
  await requireAble(session, to, spec.value.group, inLine, task);
  const { core } = first.value;
  const term = first.value.term ?? first.stat.czxid;
  const move = { to, term, node: line[0]!.node };
  const control = await order(session, task, by, (before) => ({ ...before, move }), {
    kind: 'move',
    text: `ordered to move from ${core} to ${to}`,
    core: to,
    term,
  });
  return { control, from: core, inLine };
}

async function requireAble(
  session: Session,
  to: string,
  group: string | undefined,
  inLine: boolean,
  task: string,
): Promise<void> {
  const cores = await listCores(session);
  const found = cores.find(({ core, reading }) => {
    return core === znodeName(to) || (reading.kind === 'present' && reading.value.core === to);
  });
  if (found === undefined)
    throw new MoveRefused(`no Core named ${to} lives`, '`mysql-replicator cores` lists those that do');
  if (found.reading.kind !== 'present') throw new MoveRefused(`what ${to} says of itself cannot be read`);
  const info = found.reading.value;
  if (info.drained !== undefined) {
    throw new MoveRefused(`${to} is being drained and takes no tasks`, `call it off: mysql-replicator undrain ${to}`);
  }
  if (inLine) return;
  if (group === undefined || !info.groups.includes(group)) {
    const serve = group === undefined ? `--task ${task}` : `--group ${group}`;
    throw new MoveRefused(`${to} does not serve ${task}`, `start it with ${serve}`);
  }
  if (groupRoom(info) === 0) throw new MoveRefused(`${to} is full (capacity ${info.capacity ?? 0})`);
}

/** Withdraws a move that was not carried out. @throws CoordinationError */
export function cancelMove(session: Session, task: string, by: OrderedBy): Promise<Typed<Control>> {
  return order(session, task, by, ({ move: _move, ...control }) => control, {
    kind: 'move',
    text: 'the move was called off',
  });
}

/** `latest`, `binlog.000012:4711`, `2026-11-23T16:00:00.000Z`, `GTID set …`. */
export function describePlace(from: RestartFrom): string {
  if (typeof from === 'string') return from;
  if ('time' in from) return new Date(from.time).toISOString();
  if ('gtid' in from) return `GTID set ${from.gtid.length > 120 ? `${from.gtid.slice(0, 120)}…` : from.gtid}`;
  return formatPosition(from);
}

/** The order first, then the event: a crash in between loses a line of the history, not the order. */
async function order(
  session: Session,
  task: string,
  { who, expected }: OrderedBy,
  change: (control: Control) => Control,
  event: Pick<TaskEventNode, 'kind' | 'text' | 'core' | 'term'>,
): Promise<Typed<Control>> {
  const control = await changeControl(session, task, change, expected);
  await appendEvent(session, task, { ...event, at: Date.now(), who });
  return control;
}
