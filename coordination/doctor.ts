import type { Finding } from './doctor-finding.js';
import { diagnoseAccess } from './doctor-access.js';
import { diagnoseProtection } from './doctor-protection.js';
import { diagnoseTask } from './doctor-task.js';
import type { CorePart, TaskTree, Tree } from './doctor-tree.js';
import { paths, TOP_NODES } from './paths.js';

/**
 * Names what is inconsistent or unreadable in the tree, in the order in which it is repaired. Pure: a tree that was read
 * while others wrote may give findings that are none, so whoever acts on them looks twice (doctor-repair.ts).
 */
export function diagnose(tree: Tree): Finding[] {
  const tasks = new Map(tree.tasks.map((task) => [task.name, task]));
  return [
    ...diagnoseTop(tree),
    ...tree.groups.flatMap(({ group, tasks: entries }) => entries.flatMap((task) => diagnoseEntry(group, task, tasks))),
    ...diagnoseMissingEntries(tree),
    ...tree.tasks.flatMap(diagnoseTask),
    ...tree.cores.flatMap((core) => diagnoseCore(core, tasks)),
    ...diagnoseAccess(tree.access),
    ...diagnoseProtection(tree.unprotected),
  ];
}

function diagnoseTop({ top }: Tree): Finding[] {
  // ZooKeeper keeps its own node below its own root.
  const unknown = top.filter((name) => !TOP_NODES.includes(name) && name !== 'zookeeper');
  return unknown.map((name) => ({
    kind: 'unknown-node',
    path: `/${name}`,
    what: 'this version makes no node of this name; it is ignored',
    advice: 'it may belong to a newer version; otherwise delete it by hand',
  }));
}

function diagnoseEntry(group: string, task: string, tasks: ReadonlyMap<string, TaskTree>): Finding[] {
  const path = paths.groupTask(group, task);
  const spec = tasks.get(task)?.spec.reading;
  const repair = { do: 'remove-index-entry', group, task } as const;
  if (spec === undefined || spec.kind === 'absent') {
    return [{ kind: 'index-without-task', path, what: `no task ${task} is registered`, repair }];
  }
  // Of one that cannot be read nobody knows its group.
  if (spec.kind === 'unreadable' || spec.value.group === group) return [];
  const home = spec.value.group === undefined ? 'no group' : `group ${spec.value.group}`;
  return [{ kind: 'index-of-other-group', path, what: `the task belongs to ${home}`, repair }];
}

function diagnoseMissingEntries(tree: Tree): Finding[] {
  const entries = new Map(tree.groups.map(({ group, tasks }) => [group, new Set(tasks)]));
  return tree.tasks.flatMap(({ name, spec: { reading } }): Finding[] => {
    if (reading.kind !== 'present' || reading.value.name !== name) return [];
    const { group } = reading.value;
    if (group === undefined || entries.get(group)?.has(name)) return [];
    const what = `the task belongs to group ${group}, whose Cores do not see it: it is not in their list`;
    const repair = { do: 'create-index-entry', group, task: name } as const;
    return [{ kind: 'missing-from-index', path: paths.groupTask(group, name), what, repair }];
  });
}

function diagnoseCore({ node, reading, stat }: CorePart, tasks: ReadonlyMap<string, TaskTree>): Finding[] {
  const path = paths.core(node);
  if (stat !== undefined && stat.ephemeralOwner === undefined) {
    const what = 'no session owns it, so the name is taken for ever and no Core of that name can start';
    return [
      {
        kind: 'core-without-session',
        path,
        what,
        repair: { do: 'remove-node', node: { path, version: stat.version } },
      },
    ];
  }
  if (reading.kind === 'absent') return [];
  if (reading.kind === 'unreadable') {
    const what = `it cannot be read: ${reading.error.faults.join('; ')}`;
    return [{ kind: 'unreadable', path, what, advice: 'it goes with its Core; restart that one' }];
  }
  // One that is drained has handed them over.
  if (reading.value.drained !== undefined) return [];
  const { core, host } = reading.value;
  const idle = reading.value.tasks.filter((task) => !servedBy(core, tasks.get(task)));
  return idle.map((task) => ({
    kind: 'core-not-serving',
    path,
    what: `${core} on ${host} says that it serves ${task}, but has no instance there`,
    advice: 'it may be backing off after a failure: see its log, else restart it',
  }));
}

function servedBy(core: string, task: TaskTree | undefined): boolean {
  return (task?.instances ?? []).some(({ reading }) => reading.kind === 'present' && reading.value.core === core);
}
