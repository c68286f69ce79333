import { groupRoom } from '../../coordination/cores.js';
import { paths } from '../../coordination/paths.js';
import { formatPosition } from '../../coordination/position.js';
import { historySchema, type CoreInfo, type HistoryTerm } from '../../coordination/schema/znodes.js';
import { CoordinationError } from '../../coordination/session.js';
import { overviewTask, type TaskOverview } from '../../coordination/task-list.js';
import { look, type Reading } from '../../coordination/znode.js';
import { duration, moment, rate } from '../quantities.js';
import type { Screen } from '../screen.js';
import { coresOfGroup, isThere, summarise, type TaskSummary } from '../../coordination/task-state.js';
import { withSession } from '../with-session.js';
import type { CommandContext } from './context.js';
import { requireTaskName } from './core.js';
import { livingCores, paintedState } from './task-list.js';

const TERMS_SHOWN = 10;

/** All that is known of one task. */
export async function taskShow(context: CommandContext, task: string): Promise<void> {
  requireTaskName(task);
  const { screen } = context;
  const { overview, history, cores } = await withSession(context, async (session) => ({
    overview: await overviewTask(session, task),
    history: await look(session, paths.history(task), historySchema),
    cores: await livingCores(session),
  }));
  if (!isThere(overview)) throw new CoordinationError('no-node', `there is no task ${task}`);
  const terms = history.kind === 'present' ? history.value.terms : [];
  const summary = summarise(overview, cores);
  screen.emit({ ...summary, ...asJson(overview, history) });
  showState(screen, overview, summary, cores);
  showInstances(screen, overview);
  showProgress(screen, overview);
  showTerms(screen, terms);
  const parts = [overview.spec, overview.control, overview.progress, overview.lastCommit, history];
  for (const part of parts) if (part.kind === 'unreadable') screen.say(screen.paint('red', part.error.message));
}

function asJson(overview: TaskOverview, history: Reading<{ terms: HistoryTerm[] }>): object {
  return {
    spec: plain(overview.spec),
    control: plain(overview.control),
    instances: overview.instances.map(({ node, reading }) => ({ node, ...asObject(plain(reading)) })),
    foreign: overview.foreign,
    progress: plain(overview.progress),
    lastCommit: plain(overview.lastCommit),
    history: history.kind === 'present' ? history.value.terms : plain(history),
  };
}

function plain(reading: Reading<unknown>): unknown {
  if (reading.kind === 'present') return reading.value;
  return reading.kind === 'absent' ? null : { unreadable: reading.error.message };
}

function asObject(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}

function showState(screen: Screen, overview: TaskOverview, summary: TaskSummary, cores: readonly CoreInfo[]): void {
  const { spec } = overview;
  screen.say(`${screen.paint('bold', overview.name)}  ${paintedState(screen, summary)}`);
  if (summary.reason !== undefined) screen.say(screen.paint('red', `  unserved    ${summary.reason}`));
  if (spec.kind !== 'present') return;
  const { mysql, tables, from } = spec.value.source;
  const { brokers, topic } = spec.value.sink.kafka;
  const begin =
    typeof from === 'string' ? from : 'gtid' in from ? `GTID ${from.gtid}` : `${from.file}:${from.position}`;
  screen.say(`  source      ${mysql.user}@${mysql.host}:${mysql.port}  ${tables.join(', ')}  from ${begin}`);
  screen.say(`  sink        ${brokers.join(',')}  ${topic}`);
  const { group } = spec.value;
  if (group !== undefined) screen.say(`  group       ${group}  ${describeCores(coresOfGroup(group, cores))}`);
  screen.say(`  instances   ${spec.value.instances} wanted, ${overview.instances.length} there`);
}

function describeCores(cores: readonly CoreInfo[]): string {
  if (cores.length === 0) return 'no Core';
  return cores.map((core) => `${core.core} (room for ${groupRoom(core)} more)`).join(', ');
}

function showInstances(screen: Screen, { instances, foreign }: TaskOverview): void {
  for (const [i, { node, reading }] of instances.entries()) {
    const what =
      reading.kind === 'present'
        ? `${reading.value.state.padEnd(7)}  ${reading.value.core} on ${reading.value.host} (process ${reading.value.pid}) since ${moment(reading.value.since)}`
        : `${reading.kind}  ${node}`;
    screen.say(`    ${i + 1}. ${what}`);
  }
  if (foreign.length > 0) screen.say(screen.paint('yellow', `    foreign nodes: ${foreign.join(', ')}`));
}

function showProgress(screen: Screen, { progress, lastCommit }: TaskOverview): void {
  if (lastCommit.kind === 'present') {
    const { position, committedAt, core, term } = lastCommit.value;
    const place = position === undefined ? 'nothing delivered yet' : formatPosition(position);
    screen.say(`  lastCommit  ${place}  ${moment(committedAt)} by ${core} (term ${term})`);
    if (position?.gtidSet) screen.say(`              GTID set ${position.gtidSet}`);
  }
  if (progress.kind !== 'present') return;
  const { phase, since, rows, rowsPerSecond, lagMs, core, failure } = progress.value;
  screen.say(`  progress    ${phase} since ${moment(since)} on ${core}`);
  screen.say(`              ${rows} rows in this term, ${rate(rowsPerSecond)}, ${duration(lagMs)} behind`);
  if (failure === undefined) return;
  screen.say(screen.paint('red', `  failure     ${failure.kind}: ${failure.message}`));
  if (failure.place !== undefined) screen.say(`              at ${failure.place}, ${moment(failure.at)}`);
  if (failure.remedy !== undefined) screen.say(`              what to do: ${failure.remedy}`);
}

function showTerms(screen: Screen, terms: readonly HistoryTerm[]): void {
  if (terms.length === 0) return;
  screen.say(`  history     the last ${Math.min(terms.length, TERMS_SHOWN)} terms, newest first`);
  for (const { term, core, began, from } of terms.slice(-TERMS_SHOWN).reverse()) {
    const place = from === undefined ? '' : `  from ${formatPosition(from)}`;
    screen.say(`    term ${term}  ${core}  ${moment(began)}${place}`);
  }
}
