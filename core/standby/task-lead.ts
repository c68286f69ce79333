import { setTimeout as sleep } from 'node:timers/promises';
import { asFailure, Failure } from '../../coordination/failure.js';
import { appendTerm } from '../../coordination/history.js';
import { openLastCommit, type LastCommitWriter } from '../../coordination/last-commit.js';
import type { InstanceIdentity, Lead } from '../../coordination/leadership.js';
import type { Logger } from '../../coordination/log.js';
import { formatPosition, samePosition, type Position } from '../../coordination/position.js';
import type { TaskSpec } from '../../coordination/schema/task-spec.js';
import type { Control } from '../../coordination/schema/znodes.js';
import type { Session } from '../../coordination/session.js';
import type { TaskObserver } from '../core-metrics.js';
import type { StartFrom } from '../source/start-position.js';
import { CommitPace } from './commit-pace.js';
import { followMove, passesOn } from './move-order.js';
import { ProgressReport } from './progress-report.js';
import type { WarmPipeline } from './warm-pipeline.js';
import type { WantedState } from './wanted.js';

const FIRST_BACKOFF_MS = 250;
const LONGEST_BACKOFF_MS = 5_000;
/** A run that lasted so long was no part of a series of failures. */
const HEALTHY_MS = 30_000;

export interface LeadOptions {
  readonly session: Session;
  readonly task: string;
  readonly identity: InstanceIdentity;
  readonly wanted: WantedState;
  readonly pipeline: WarmPipeline;
  readonly log: Logger;
  readonly observe?: TaskObserver | undefined;
}

/**
 * One lead of a task: claims `lastCommit`, then runs the pipeline as people want it until the lead ends. Returns in order when
 * told to stop or to hand over; keeps the lead while PAUSED, WAITING (a failure that may pass) and STOPPED (somebody must act).
 * @throws Failure whose reaction is to step down
 */
export async function leadTask(options: LeadOptions, lead: Lead): Promise<void> {
  const { session, task, identity, wanted, pipeline } = options;
  const log = options.log.child({ term: lead.term });
  if (await passesOn(options, lead)) {
    log.info('passes the lead on to the Core that the task is to move to');
    return;
  }
  const commits = await openLastCommit(session, task, { term: lead.term, core: identity.core, lease: lead.lease });
  let position: Position | undefined = commits.stored?.position;
  log.info({ from: position && formatPosition(position) }, 'leads the task');
  const unreadable = await appendTerm(session, task, {
    term: lead.term,
    core: identity.core,
    host: identity.host,
    began: Date.now(),
    ...(position && { from: position }),
  });
  if (unreadable) log.warn({ err: unreadable }, 'the history cannot be read and is left alone');
  const report = new ProgressReport({
    ...{ session, task, term: lead.term, core: identity.core, log },
    observe: options.observe,
  });
  const ended = AbortSignal.any([lead.signal, lead.stopping]);
  const over = new AbortController();
  const moving = followMove({ ...options, log }, lead, AbortSignal.any([ended, over.signal]));
  let failures = 0;
  try {
    while (!ended.aborted) {
      const { spec, control, unreadable: broken } = wanted.now;
      if (control.handOverTerm === lead.term) {
        log.info('hands over by order');
        return;
      }
      if (control.desired === 'PAUSED' || !spec || broken) {
        if (broken) report.phase('STOPPED', broken);
        else report.phase(spec ? 'PAUSED' : 'STARTING');
        await wanted.changed(ended);
        continue;
      }
      const began = performance.now();
      try {
        report.phase('STARTING');
        await pipeline.warm(spec, ended);
        position = await restart({ ...options, log }, commits, position, spec, control, ended);
        position = await claimSink({ ...options, log }, lead, commits, position, spec, control, ended);
        position = await runOnce({ ...options, log }, lead, commits, position, report, spec, control);
        continue;
      } catch (error) {
        if (lead.signal.aborted) throw lead.signal.reason;
        if (lead.stopping.aborted && !(error instanceof Failure)) return;
        const failure = asFailure(error);
        if (failure instanceof RunFailure) position = failure.reached ?? position;
        if (failure.then === 'step-down') {
          if (failure.kind !== 'lead-lost') report.phase('WAITING', failure);
          throw failure;
        }
        failures = performance.now() - began > HEALTHY_MS ? 1 : failures + 1;
        const fields = { failure: failure.kind, place: failure.place, remedy: failure.remedy, err: failure };
        if (failure.then === 'stop') {
          log.error(fields, 'stopped: somebody must act');
          report.phase('STOPPED', failure);
          await untilActedOn(wanted, spec, control, lead.term, ended);
        } else {
          const backoffMs = Math.min(FIRST_BACKOFF_MS * 2 ** (failures - 1), LONGEST_BACKOFF_MS);
          log.warn({ ...fields, backoffMs }, 'failed; tries again from the last durable position');
          report.phase('WAITING', failure);
          await Promise.race([
            sleep(backoffMs, undefined, { signal: ended }).catch(() => undefined),
            wanted.changed(ended),
          ]);
        }
        await pipeline.renew();
      }
    }
    if (lead.signal.aborted) throw lead.signal.reason;
  } finally {
    over.abort();
    await moving;
    await report.end();
  }
}

/** A failed run, with the position that was durable by then. */
class RunFailure extends Failure {
  readonly reached: Position | undefined;

  constructor(failure: Failure, reached: Position | undefined) {
    const { kind, message, place, remedy, cause } = failure;
    super(kind, message, { ...(place && { place }), ...(remedy && { remedy }), cause });
    this.reached = reached;
  }
}

/**
 * Where the run begins: an operator's order first, then the stored position, else where the task says. A position found anew
 * is stored before anything is read, so that whoever takes over begins there too and not at a later `latest`.
 */
async function restart(
  { pipeline, log }: LeadOptions,
  commits: LastCommitWriter,
  stored: Position | undefined,
  spec: TaskSpec,
  control: Control,
  ended: AbortSignal,
): Promise<Position> {
  const ordered = control.resumes === commits.order ? undefined : control.restartFrom;
  if (ordered === undefined && stored) return stored;
  const from: StartFrom =
    ordered === undefined
      ? spec.source.from
      : typeof ordered === 'object' && 'file' in ordered
        ? { file: ordered.file, position: ordered.offset }
        : ordered;
  const thread = await pipeline.thread(spec);
  const position = await thread.locate(from, ended);
  // The order's number is stored with its position, in one write: an order is carried out once, whoever dies in between.
  await commits.commit(position, undefined, ordered === undefined ? {} : { order: control.resumes });
  log.info({ from: formatPosition(position) }, ordered === undefined ? 'begins' : 'begins anew by order');
  return position;
}

/**
 * Takes the sink over, before each run: a producer of its own, which fences every other, then the sink's own position, which wins over
 * `lastCommit`. Whether the sink keeps one is noted before any data, so that the next lead knows which of the two to follow.
 */
async function claimSink(
  { pipeline, log }: LeadOptions,
  { term }: Lead,
  commits: LastCommitWriter,
  position: Position,
  spec: TaskSpec,
  { adoptTerm }: Control,
  ended: AbortSignal,
): Promise<Position> {
  const thread = await pipeline.thread(spec);
  const { order, sink } = commits;
  const claimed = await thread.claim({ term, position, order, sink, adoptTerm }, ended);
  const same = samePosition(claimed.position, position);
  if (!same) {
    const places = { sink: formatPosition(claimed.position), lastCommit: formatPosition(position) };
    log.info(places, 'the sink is at another place than lastCommit; the sink wins');
  }
  if (!same || (claimed.sink === undefined) !== (sink === undefined)) {
    await commits.commit(claimed.position, undefined, { sink: claimed.sink, sinkWins: true });
  }
  return claimed.position;
}

/** Runs until stopped, until people want something else, or until it fails; resolves to the durable position then. */
async function runOnce(
  { wanted, pipeline, log }: LeadOptions,
  lead: Lead,
  commits: LastCommitWriter,
  from: Position,
  report: ProgressReport,
  spec: TaskSpec,
  control: Control,
): Promise<Position> {
  const thread = await pipeline.thread(spec);
  const turn = new AbortController();
  let cannotCommit: Failure | undefined;
  const pace = new CommitPace(commits, (failure) => {
    cannotCommit = failure;
    turn.abort();
  });
  const unwatch = wanted.onChange(() => {
    const { now } = wanted;
    const same = now.spec === spec && now.control.desired === control.desired && !now.unreadable;
    if (!same || now.control.handOverTerm === lead.term || restartOrdered(now.control, control)) turn.abort();
  });
  report.runBegins();
  report.phase('RUNNING');
  log.info({ from: formatPosition(from) }, 'runs');
  let failed: Failure | undefined;
  try {
    await thread.run(
      from,
      {
        progress: (progress) => {
          pace.moved(progress);
          report.progress(progress);
        },
        lag: (ms) => report.lag(ms),
        behind: (behind) => report.behind(behind),
      },
      { lost: lead.signal, stopping: AbortSignal.any([lead.stopping, turn.signal]) },
    );
  } catch (error) {
    failed = asFailure(error);
  }
  unwatch();
  const reached = pace.latest?.position;
  if (!cannotCommit && !lead.signal.aborted) {
    await pace.end().catch((error: unknown) => (cannotCommit = asFailure(error)));
  } else await pace.end().catch(() => undefined);
  const failure = cannotCommit?.then === 'step-down' ? cannotCommit : (failed ?? cannotCommit);
  if (failure) throw new RunFailure(failure, reached);
  return reached ?? from;
}

function restartOrdered(now: Control, before: Control): boolean {
  return now.restartFrom !== undefined && now.resumes !== before.resumes;
}

/** A STOPPED task tries again when somebody resumes it, changes its configuration, or another instance leads. */
async function untilActedOn(
  wanted: WantedState,
  spec: TaskSpec,
  control: Control,
  term: number,
  ended: AbortSignal,
): Promise<void> {
  for (;;) {
    const { now } = wanted;
    if (ended.aborted || now.spec !== spec || now.control.handOverTerm === term) return;
    if (now.control.resumes !== control.resumes || now.control.desired !== control.desired) return;
    await wanted.changed(ended);
  }
}
