import { lineUp } from './election.js';
import { paths } from './paths.js';
import { controlSchema, instanceSchema, type Control } from './schema/znodes.js';
import { CoordinationError, type Session, type ZnodeStat } from './session.js';
import { createOrFill, look, readTyped, writeTyped, type Typed } from './znode.js';

/** What an operator wants of a task; the defaults when nobody has ordered anything. @throws ZnodeUnreadable, CoordinationError */
export async function readControl(session: Session, task: string): Promise<Control> {
  return (await readTyped(session, paths.control(task), controlSchema))?.value ?? controlSchema.parse({});
}

/**
 * Changes a task's control by compare-and-set; `change` gets the present value and may be called again when somebody else
 * was faster. Resolves to what is stored then. `expected` is the write (its mzxid, 0 for none) that must be the present one.
 * @throws CoordinationError `no-node` when the task is not registered, `version-conflict` when another write is there; ZnodeUnreadable
 */
export async function changeControl(
  session: Session,
  task: string,
  change: (control: Control) => Control,
  expected?: number,
): Promise<Typed<Control>> {
  const node = await session.read(paths.task(task));
  if (node === undefined || node.data === '') throw new CoordinationError('no-node', 'no such task', paths.task(task));
  for (;;) {
    const found = await readTyped(session, paths.control(task), controlSchema);
    if (expected !== undefined && (found?.stat.mzxid ?? 0) !== expected) {
      throw new CoordinationError('version-conflict', 'the orders were changed meanwhile', paths.control(task));
    }
    const value = change(found?.value ?? controlSchema.parse({}));
    const stat = await written(session, paths.control(task), found, value);
    if (stat !== undefined) return { value, stat };
  }
}

/** As `changeControl`, whatever was there before. */
export async function setControl(
  session: Session,
  task: string,
  change: (control: Control) => Control,
): Promise<Control> {
  return (await changeControl(session, task, change)).value;
}

/**
 * Orders whoever leads the task now to step down; the order names its term, so that it cannot hit the next one.
 * Resolves to that term and Core; `undefined` when nobody leads.
 * @throws CoordinationError `no-node` when the task is not registered
 */
export async function handOver(session: Session, task: string): Promise<{ term: number; core: string } | undefined> {
  const leader = await readLeader(session, task);
  if (leader === undefined) return undefined;
  await setControl(session, task, (control) => ({ ...control, handOverTerm: leader.term }));
  return leader;
}

/** Who leads a task, by what the first in line says of itself. */
export async function readLeader(session: Session, task: string): Promise<{ term: number; core: string } | undefined> {
  const { line } = lineUp((await session.children(paths.instances(task))) ?? []);
  const first = line[0];
  if (first === undefined) return undefined;
  const reading = await look(session, paths.instance(task, first.node), instanceSchema);
  if (reading.kind !== 'present' || reading.value.state !== 'RUNNING') return undefined;
  return { term: reading.value.term ?? reading.stat.czxid, core: reading.value.core };
}

/** `undefined` when somebody else was faster. */
async function written(
  session: Session,
  path: string,
  found: Typed<Control> | undefined,
  next: Control,
): Promise<ZnodeStat | undefined> {
  try {
    if (found === undefined) return await createOrFill(session, path, controlSchema, next);
    return await writeTyped(session, path, controlSchema, next, found.stat.version);
  } catch (error) {
    const raced =
      error instanceof CoordinationError && ['version-conflict', 'node-exists', 'no-node'].includes(error.kind);
    if (raced) return undefined;
    throw error;
  }
}
