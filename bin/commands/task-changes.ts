import {
  cancelMove,
  describePlace,
  MoveRefused,
  orderMove,
  orderResume,
  type RestartFrom,
} from '../../coordination/orders.js';
import { paths } from '../../coordination/paths.js';
import { parsePosition } from '../../coordination/position.js';
import { readTask } from '../../coordination/registry.js';
import type { TaskSpec } from '../../coordination/schema/task-spec.js';
import { lastCommitSchema, positionSchema } from '../../coordination/schema/znodes.js';
import { CoordinationError, type Session } from '../../coordination/session.js';
import { editTask } from '../../coordination/task-edit.js';
import { listTasks } from '../../coordination/task-list.js';
import { readVersions } from '../../coordination/task-versions.js';
import { taskYaml, tasksYaml } from '../../coordination/task-yaml.js';
import type { Typed } from '../../coordination/znode.js';
import { look } from '../../coordination/znode.js';
import { asOperator } from '../audit.js';
import { CliError } from '../exit-codes.js';
import { moment } from '../quantities.js';
import { withSession } from '../with-session.js';
import type { CommandContext } from './context.js';
import { requireTaskName } from './core.js';

const PREVIEW_MS = 60_000;

/** Lets a Core run a task, or calls that off. */
export async function taskMove(context: CommandContext, task: string, to: string | undefined): Promise<void> {
  requireTaskName(task);
  const object = `tasks/${task}`;
  if (to === undefined) {
    await asOperator(context, { action: 'task.move-cancel', object }, (session, by) => cancelMove(session, task, by));
    context.screen.emit({ task, move: null });
    return context.screen.say(`the move of ${task} is called off`);
  }
  const { from, inLine } = await asOperator(context, { action: 'task.move', object, after: { to } }, (session, by) =>
    orderMove(session, task, to, by),
  ).catch((error: unknown) => {
    if (!(error instanceof MoveRefused)) throw error;
    throw new CliError('conflict', error.message, { remedy: error.remedy, cause: error });
  });
  context.screen.emit({ task, from, to, inLine });
  context.screen.say(
    `${task} is to move from ${from} to ${to}; ${inLine ? 'it stands by' : 'it joins the line first'}`,
  );
}

/** Changes how many instances a task wants; nothing else of it, whatever somebody else changes at the same time. */
export async function taskInstances(context: CommandContext, task: string, instances: number): Promise<void> {
  const what = { action: 'task.instances', object: `tasks/${task}`, after: { instances } };
  const outcome = await asOperator(context, what, async (session, by) => {
    const { value, stat } = await requireTask(session, task);
    return editTask(session, { ...value, instances }, stat.mzxid, { ...by, note: 'instances' });
  });
  context.screen.emit({ task, instances, outcome });
  context.screen.say(`${task} wants ${instances} instance${instances === 1 ? '' : 's'}`);
}

/** Says what a task would skip or send again if it began elsewhere, and orders it unless it shall only be said. */
export async function taskPosition(context: CommandContext, task: string, to: string, dryRun: boolean): Promise<void> {
  const from = parsePlace(to);
  const { screen, secrets } = context;
  const { spec, current } = await withSession(context, async (session) => {
    const { value } = await requireTask(session, task);
    const reading = await look(session, paths.lastCommit(task), lastCommitSchema);
    return { spec: value, current: reading.kind === 'present' ? reading.value.position : undefined };
  });
  const [{ previewPosition }, { readTaskSecret }, { startFrom }] = await Promise.all([
    import('../../core/source/position-preview.js'),
    import('../../core/secrets.js'),
    import('../server-ports.js'),
  ]);
  const password = await readTaskSecret(spec, 'source.mysql.password', secrets);
  const preview = await previewPosition(spec, password, startFrom(from), current, AbortSignal.timeout(PREVIEW_MS));
  screen.emit({ task, dryRun, preview });
  screen.say(preview.text);
  for (const warning of preview.warnings) screen.say(screen.paint('yellow', `  ${warning}`));
  if (dryRun) return screen.say('nothing was ordered');
  const timed = typeof from === 'object' && 'time' in from;
  const found = timed ? { file: preview.target.file, offset: preview.target.offset, events: 0 } : from;
  await asOperator(context, { action: 'task.position', object: `tasks/${task}`, after: { to: found } }, (session, by) =>
    orderResume(session, task, by, { from: found }),
  );
  screen.say(`${task} is to begin anew at ${describePlace(found)}`);
}

/** The configurations that a task had. */
export async function taskVersions(context: CommandContext, task: string): Promise<void> {
  requireTaskName(task);
  const versions = await withSession(context, async (session) => {
    await requireTask(session, task);
    return readVersions(session, task);
  });
  context.screen.emit({ task, versions });
  const rows = [...versions].reverse().map(({ n, at, who, note }) => [String(n), moment(at), who, note ?? '']);
  context.screen.table(['VERSION', 'WHEN', 'WHO', 'HOW'], rows);
}

/** Puts an earlier configuration in force again. */
export async function taskRestore(context: CommandContext, task: string, n: number): Promise<void> {
  const what = { action: 'task.restore', object: `tasks/${task}`, after: { version: n } };
  const outcome = await asOperator(context, what, async (session, by) => {
    const { stat } = await requireTask(session, task);
    const version = (await readVersions(session, task)).find((one) => one.n === n);
    if (version === undefined) throw new CliError('conflict', `${task} has no version ${n} (any more)`);
    return editTask(session, version.spec, stat.mzxid, { ...by, note: `restored ${n}` });
  });
  context.screen.emit({ task, version: n, outcome });
  context.screen.say(outcome === 'unchanged' ? `version ${n} is in force already` : `version ${n} is in force again`);
}

/** Tasks as the YAML that `task register -f` takes. */
export async function taskExport(context: CommandContext, names: readonly string[]): Promise<void> {
  const specs = await withSession(context, async (session): Promise<TaskSpec[]> => {
    if (names.length > 0) {
      return Promise.all(names.map(async (name) => (await requireTask(session, name)).value));
    }
    const overviews = await listTasks(session);
    return overviews.flatMap(({ spec }) => (spec.kind === 'present' ? [spec.value] : []));
  });
  context.screen.emit({ tasks: specs });
  const [only] = specs;
  context.screen.say((specs.length === 1 && only !== undefined ? taskYaml(only) : tasksYaml(specs)).trimEnd());
}

/** @throws CliError, CoordinationError `no-node` */
export async function requireTask(session: Session, task: string): Promise<Typed<TaskSpec>> {
  requireTaskName(task);
  const found = await readTask(session, task);
  if (found === undefined) throw new CoordinationError('no-node', `there is no task ${task}`);
  return found;
}

/** `latest`, `earliest`, `FILE:OFFSET`, `time:2026-11-23T16:00:00Z`, `gtid:SET`. @throws CliError 'usage' */
export function parsePlace(text: string): RestartFrom {
  if (text === 'latest' || text === 'earliest') return text;
  if (text.startsWith('gtid:')) return { gtid: text.slice('gtid:'.length) };
  if (text.startsWith('time:')) {
    const said = text.slice('time:'.length);
    // Without a zone it is UTC, on every machine.
    const time = /^\d{12,}$/.test(said)
      ? Number(said)
      : Date.parse(/(Z|[+-]\d\d:?\d\d)$/i.test(said) ? said : `${said}Z`);
    if (!Number.isNaN(time)) return { time };
  }
  try {
    return positionSchema.parse(parsePosition(text));
  } catch (cause) {
    throw new CliError('usage', `--from ${JSON.stringify(text.slice(0, 120))} is not a place in a binlog`, {
      remedy:
        'give latest, earliest, FILE:OFFSET with an offset from 4 on (binlog.000012:4711), time:2026-11-23T16:00:00Z, or gtid:SET',
      cause,
    });
  }
}
