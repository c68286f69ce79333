import type { Finding } from './doctor-finding.js';
import type { Part, TaskTree } from './doctor-tree.js';
import { paths } from './paths.js';
import { comparePositions, formatPosition } from './position.js';
import { taskName } from './schema/task-spec.js';
import type { Control, LastCommitNode } from './schema/znodes.js';

/** `lastCommit` is written about once a second; behind `progress` for so long, it is not written at all. */
const STALE_MS = 30_000;

/** Names what is wrong below one task's node. Pure. */
export function diagnoseTask(task: TaskTree): Finding[] {
  const { name, spec, instances = [], unknown } = task;
  const strangers: Finding[] = unknown.map((node) => ({
    kind: 'unknown-node',
    path: `${paths.task(name)}/${node}`,
    what: 'this version makes no node of this name; it is ignored',
    advice: 'it may belong to a newer version; otherwise delete it by hand',
  }));
  const line = [...diagnoseLine(task), ...strangers];
  // Nobody has registered it: a Core waits for its configuration, which is well, or nobody does.
  if (isEmpty(spec)) return instances.length > 0 ? line : [...line, leftover(task)];
  return [...diagnoseSpec(task), ...diagnoseParts(task), ...line, ...diagnosePosition(task)];
}

function diagnoseSpec({ name, spec, instances }: TaskTree): Finding[] {
  const path = paths.task(name);
  const found: Finding[] = [];
  if (spec.reading.kind === 'unreadable') {
    const advice = `register it again from its file: mysql-replicator task register -f FILE --replace; lastCommit is kept`;
    found.push({ kind: 'unreadable', path, what: faultsOf(spec), advice });
  } else if (spec.reading.kind === 'present' && spec.reading.value.name !== name) {
    const what = `the configuration is of a task named ${spec.reading.value.name}`;
    found.push({ kind: 'misnamed-task', path, what, advice: 'register it under its own name, then delete this one' });
  } else if (!taskName.safeParse(name).success) {
    const what = 'no task can have this name';
    found.push({ kind: 'misnamed-task', path, what, advice: 'delete it by hand' });
  }
  if (instances === undefined && spec.stat !== undefined) {
    const what = 'the task has no instances node, which joining Cores stand in line below';
    found.push({
      kind: 'missing-instances-node',
      path: paths.instances(name),
      what,
      repair: { do: 'create-instances-node', task: name },
    });
  }
  return found;
}

function diagnoseParts({ name, control, progress, history, lastCommit }: TaskTree): Finding[] {
  const found: Finding[] = [];
  const parts = [
    [paths.control(name), control],
    [paths.progress(name), progress],
    [paths.history(name), history],
    [paths.lastCommit(name), lastCommit],
  ] as const;
  for (const [path, part] of parts) {
    if (isEmpty(part)) {
      const what = 'it is empty, which nobody leaves it; whoever wants to create it waits for ever';
      found.push({ kind: 'empty-node', path, what, repair: removal(path, part) });
    }
  }
  for (const [path, part] of [
    [paths.progress(name), progress],
    [paths.history(name), history],
  ] as const) {
    // Both only tell of the past: whoever leads writes them anew.
    if (part.reading.kind === 'unreadable') {
      found.push({ kind: 'unreadable', path, what: faultsOf(part), repair: removal(path, part) });
    }
  }
  if (lastCommit.reading.kind === 'unreadable') {
    const advice = `write the place by hand, or delete it and order one: mysql-replicator task resume ${name} --from FILE:OFFSET`;
    found.push({ kind: 'unreadable', path: paths.lastCommit(name), what: faultsOf(lastCommit), advice });
  }
  return [...found, ...diagnoseControl(name, control, lastCommit)];
}

/**
 * Orders are numbered, and the number of the last one carried out stands in `lastCommit`: a control that begins to count
 * anew would give a later order a number that passes for carried out.
 */
function diagnoseControl(name: string, control: Part<Control>, lastCommit: Part<LastCommitNode>): Finding[] {
  const path = paths.control(name);
  const known = lastCommit.reading.kind !== 'unreadable';
  const carriedOut = (lastCommit.reading.kind === 'present' ? lastCommit.reading.value.order : undefined) ?? 0;
  if (control.reading.kind === 'unreadable') {
    const what = faultsOf(control);
    if (!known) return [{ kind: 'unreadable', path, what, advice: 'mend lastCommit first: it numbers the orders' }];
    // What was wanted is lost; PAUSED is the answer that nothing follows from.
    const paused: Control = { desired: 'PAUSED', resumes: carriedOut };
    const version = control.stat?.version;
    const advice = `go on with: mysql-replicator task resume ${name}`;
    return [
      { kind: 'unreadable', path, what, repair: { do: 'write-control', task: name, control: paused, version }, advice },
    ];
  }
  const now = control.reading.kind === 'present' ? control.reading.value : undefined;
  // An empty one is taken away first.
  if (isEmpty(control) || !known || (now?.resumes ?? 0) >= carriedOut) return [];
  // An order that waits must not take the number of the last one that was carried out.
  const resumes = now?.restartFrom === undefined ? carriedOut : carriedOut + 1;
  const mended: Control = { desired: 'RUNNING', ...now, resumes };
  const what = `orders count to ${now?.resumes ?? 0}, but order ${carriedOut} was carried out: later ones could pass for done`;
  const repair = { do: 'write-control', task: name, control: mended, version: control.stat?.version } as const;
  return [{ kind: 'order-number-behind', path, what, repair }];
}

function diagnoseLine({ name, instances = [], foreign }: TaskTree): Finding[] {
  const found = foreign.map(({ node, stat }): Finding => {
    const path = paths.instance(name, node);
    const stranger = {
      kind: 'foreign-instance',
      path,
      what: 'no Core that joins makes such a name; it is ignored',
    } as const;
    if (stat.ephemeralOwner !== undefined) return { ...stranger, advice: 'it goes with the session that made it' };
    return { ...stranger, repair: { do: 'remove-node', node: { path, version: stat.version } } };
  });
  for (const [place, part] of instances.entries()) {
    const path = paths.instance(name, part.node);
    const { reading, stat } = part;
    if (stat !== undefined && stat.ephemeralOwner === undefined) {
      const what = 'no session owns it, so it stands in line for ever and those behind it never lead';
      found.push({ kind: 'instance-without-session', path, what, repair: removal(path, part) });
    } else if (reading.kind !== 'present') {
      const what = reading.kind === 'unreadable' ? faultsOf(part) : 'it is empty';
      found.push({ kind: 'unreadable', path, what, advice: 'it goes with its Core; restart that one' });
    } else if (place > 0 && reading.value.state === 'RUNNING') {
      const what = `${reading.value.core} says that it runs, but ${instances[0]!.node} is before it`;
      found.push({ kind: 'running-out-of-turn', path, what, advice: 'restart that Core' });
    }
  }
  return found;
}

/** Whether `lastCommit` can have been written by a leader of this ensemble, and goes with what is delivered. */
function diagnosePosition({ name, lastCommit, progress, instances = [] }: TaskTree): Finding[] {
  if (lastCommit.reading.kind !== 'present') return [];
  const path = paths.lastCommit(name);
  const { value, stat } = lastCommit.reading;
  const leader = instances.find(({ reading }) => reading.kind === 'present' && reading.value.state === 'RUNNING');
  const advice = `no leader can write it: see that no other ensemble runs the task, then write a term of this one by hand`;
  // A term is a zxid, so it comes before the zxid of whatever its leader writes.
  if (value.term >= stat.mzxid) {
    const what = `term ${value.term} is no zxid that this ensemble had reached: it was rebuilt, or the znode was edited by hand`;
    return [{ kind: 'term-of-another-ensemble', path, what, advice }];
  }
  if (leader?.stat !== undefined && value.term > leader.stat.czxid) {
    const what = `term ${value.term} is newer than the living leader's, ${leader.stat.czxid}: edited by hand`;
    return [{ kind: 'term-of-another-ensemble', path, what, advice }];
  }
  const ahead = progress.reading.kind === 'present' ? progress.reading.value : undefined;
  if (ahead?.position === undefined || ahead.term !== value.term) return [];
  const sameServer = value.position?.serverUuid === ahead.position.serverUuid;
  const behind = value.position === undefined || (sameServer && comparePositions(value.position, ahead.position) < 0);
  if (!behind || ahead.updatedAt - value.committedAt < STALE_MS) return [];
  const stored = value.position === undefined ? 'nothing' : formatPosition(value.position);
  const what = `${stored} is stored, ${formatPosition(ahead.position)} was delivered in the same term: a take-over may repeat what lies between`;
  return [{ kind: 'stale-last-commit', path, what, advice: `mysql-replicator task hand-over ${name}` }];
}

function leftover({
  name,
  spec,
  control,
  progress,
  history,
  lastCommit,
  instances,
  foreign,
  unknown,
}: TaskTree): Finding {
  const path = paths.task(name);
  const { reading } = lastCommit;
  const holdsPlace = reading.kind === 'unreadable' || (reading.kind === 'present' && reading.value.position);
  if (holdsPlace) {
    const what =
      'the task has no configuration and no instances, but a position: half deleted, or its content was lost';
    const advice = `register it again to go on from there, or forget it with: mysql-replicator task delete ${name}`;
    return { kind: 'position-without-task', path, what, advice };
  }
  const finding = { kind: 'task-leftover', path, what: 'no configuration and no instances: left over' } as const;
  if (foreign.length > 0 || unknown.length > 0)
    return { ...finding, advice: 'something foreign is below it, see there' };
  const parts = [
    [paths.control(name), control],
    [paths.progress(name), progress],
    [paths.history(name), history],
    [paths.lastCommit(name), lastCommit],
  ] as const;
  const nodes = parts.flatMap(([at, { stat }]) => (stat === undefined ? [] : [{ path: at, version: stat.version }]));
  // The instances node never has content; it counts by having no children.
  if (instances !== undefined) nodes.push({ path: paths.instances(name), version: -1 });
  nodes.push({ path, version: spec.stat?.version ?? -1 });
  return { ...finding, repair: { do: 'remove-task-leftover', task: name, nodes } };
}

function isEmpty(part: Part<unknown>): boolean {
  return part.reading.kind === 'absent' && part.stat !== undefined;
}

function faultsOf({ reading }: Part<unknown>): string {
  return reading.kind === 'unreadable' ? `it cannot be read: ${reading.error.faults.join('; ')}` : 'it cannot be read';
}

function removal(
  path: string,
  { stat }: Part<unknown>,
): { do: 'remove-node'; node: { path: string; version: number } } {
  // Every part that was found has a stat; version 0 refuses whatever was changed since.
  return { do: 'remove-node', node: { path, version: stat?.version ?? 0 } };
}
