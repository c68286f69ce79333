import { lineUp } from './election.js';
import { paths } from './paths.js';
import { controlSchema, instanceSchema, type Control } from './schema/znodes.js';
import { CoordinationError, type Session } from './session.js';
import { createOrFill, look, readTyped, writeTyped, type Typed } from './znode.js';

/** What an operator wants of a task; the defaults when nobody has ordered anything. @throws ZnodeUnreadable, CoordinationError */
export async function readControl(session: Session, task: string): Promise<Control> {
  return (await readTyped(session, paths.control(task), controlSchema))?.value ?? controlSchema.parse({});
}

/**
 * Changes a task's control by compare-and-set; `change` gets the present value and may be called again when somebody else
 * was faster. Resolves to what is stored then.
 * @throws CoordinationError `no-node` when the task is not registered; ZnodeUnreadable
 */
export async function setControl(
  session: Session,
  task: string,
  change: (control: Control) => Control,
): Promise<Control> {
  const node = await session.read(paths.task(task));
  if (node === undefined || node.data === '') throw new CoordinationError('no-node', 'no such task', paths.task(task));
  for (;;) {
    const found = await readTyped(session, paths.control(task), controlSchema);
    const next = change(found?.value ?? controlSchema.parse({}));
    if (await wrote(session, paths.control(task), found, next)) return next;
  }
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

async function wrote(
  session: Session,
  path: string,
  found: Typed<Control> | undefined,
  next: Control,
): Promise<boolean> {
  try {
    if (found === undefined) await createOrFill(session, path, controlSchema, next);
    else await writeTyped(session, path, controlSchema, next, found.stat.version);
    return true;
  } catch (error) {
    const raced =
      error instanceof CoordinationError && ['version-conflict', 'node-exists', 'no-node'].includes(error.kind);
    if (raced) return false;
    throw error;
  }
}
