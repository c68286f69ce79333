import { setTimeout as sleep } from 'node:timers/promises';
import { diagnose } from './doctor.js';
import type { Finding, Repair } from './doctor-finding.js';
import { protectAll } from './doctor-protection.js';
import { readTree } from './doctor-tree.js';
import { paths } from './paths.js';
import { taskSpecSchema } from './schema/task-spec.js';
import { controlSchema } from './schema/znodes.js';
import { CoordinationError, type Session } from './session.js';
import { createTyped, look, writeTyped } from './znode.js';

/** Longer than a registration, a deletion or a change of leader takes. */
const SETTLE_MS = 1000;

/**
 * Reads the tree and names what is wrong with it. What is found is looked at once more after a moment, and only what was
 * found both times counts: the tree is not read in one piece, and writers have no transactions either.
 * @throws CoordinationError
 */
export async function examine(session: Session, settleMs: number = SETTLE_MS): Promise<Finding[]> {
  const first = new Set(diagnose(await readTree(session)).map(identity));
  if (first.size === 0) return [];
  await sleep(settleMs);
  return diagnose(await readTree(session)).filter((finding) => first.has(identity(finding)));
}

function identity({ kind, path }: Finding): string {
  return `${kind} ${path}`;
}

/** `changed`: somebody was there meanwhile, so nothing was done (or it was undone); the next look tells. */
export type RepairOutcome = 'repaired' | 'changed';

/**
 * Does a repair. Only what is still as it was found is touched: contents by their version, nodes with children by ZooKeeper's
 * refusal, index entries by looking again at the task afterwards.
 * @throws CoordinationError
 */
export async function carryOut(session: Session, repair: Repair): Promise<RepairOutcome> {
  switch (repair.do) {
    case 'remove-node':
      return unlessChanged(() => session.remove(repair.node.path, repair.node.version));
    case 'remove-index-entry':
      return removeEntry(session, repair.group, repair.task);
    case 'create-index-entry':
      return createEntry(session, repair.group, repair.task);
    case 'create-instances-node':
      return createInstances(session, repair.task);
    case 'protect-nodes':
      await protectAll(session, repair.paths);
      return 'repaired';
    case 'remove-task-leftover':
      return unlessChanged(async () => {
        try {
          for (const { path, version } of repair.nodes) await session.remove(path, version);
        } catch (error) {
          // Somebody registers it or joins: they count on the node that may be gone by now.
          if (isRefusal(error)) await createInstances(session, repair.task);
          throw error;
        }
      });
    case 'write-control': {
      const path = paths.control(repair.task);
      return unlessChanged(() =>
        repair.version === undefined
          ? createTyped(session, path, controlSchema, repair.control, 'persistent')
          : writeTyped(session, path, controlSchema, repair.control, repair.version),
      );
    }
  }
}

/** A registration writes entry, configuration, entry again: one of us two sees the other. */
async function removeEntry(session: Session, group: string, task: string): Promise<RepairOutcome> {
  if (await belongs(session, group, task)) return 'changed';
  const outcome = await unlessChanged(() => session.remove(paths.groupTask(group, task)));
  if (!(await belongs(session, group, task))) return outcome;
  await ensure(session, paths.groupTask(group, task));
  return 'changed';
}

/** A change of group writes the configuration, then takes other groups' entries away: one of us two sees the other. */
async function createEntry(session: Session, group: string, task: string): Promise<RepairOutcome> {
  if (!(await belongs(session, group, task))) return 'changed';
  await ensure(session, paths.groupTask(group, task));
  if (await belongs(session, group, task)) return 'repaired';
  await session.remove(paths.groupTask(group, task));
  return 'changed';
}

/** Creating makes missing parents too: a task that was deleted meanwhile must not come back as an empty node. */
async function createInstances(session: Session, task: string): Promise<RepairOutcome> {
  if (!(await session.read(paths.task(task)))?.data) return 'changed';
  await ensure(session, paths.instances(task));
  const node = await session.read(paths.task(task));
  if (node?.data !== '') return 'repaired';
  return unlessChanged(async () => {
    await session.remove(paths.instances(task));
    await session.remove(paths.task(task), node.stat.version);
  }).then(() => 'changed');
}

/** Whether a task is registered as one of this group. One that cannot be read may be: its entry is left alone. */
async function belongs(session: Session, group: string, task: string): Promise<boolean> {
  const spec = await look(session, paths.task(task), taskSpecSchema);
  return spec.kind === 'unreadable' || (spec.kind === 'present' && spec.value.group === group);
}

async function ensure(session: Session, path: string): Promise<void> {
  try {
    await session.create(path, '', 'persistent');
  } catch (error) {
    if (!(error instanceof CoordinationError) || error.kind !== 'node-exists') throw error;
  }
}

async function unlessChanged(work: () => Promise<unknown>): Promise<RepairOutcome> {
  try {
    await work();
    return 'repaired';
  } catch (error) {
    if (isRefusal(error)) return 'changed';
    throw error;
  }
}

function isRefusal(error: unknown): boolean {
  if (!(error instanceof CoordinationError)) return false;
  return ['version-conflict', 'not-empty', 'node-exists', 'no-node'].includes(error.kind);
}
