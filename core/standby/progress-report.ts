import type { Failure } from '../../coordination/failure.js';
import type { Logger } from '../../coordination/log.js';
import { paths } from '../../coordination/paths.js';
import { progressSchema, type Phase, type Progress } from '../../coordination/schema/znodes.js';
import { CoordinationError, type Session } from '../../coordination/session.js';
import { createTyped, writeTyped } from '../../coordination/znode.js';
import type { Behind, RunProgress } from '../pipeline/messages.js';
import { FailureNotes } from './failure-notes.js';
import type { TaskObserver } from '../core-metrics.js';

const PACE_MS = 1000;
/** A task with nothing to do says so only now and then: a thousand of them would be a thousand writes a second. */
const IDLE_PACE_MS = 10_000;

export interface ReportOptions {
  readonly session: Session;
  readonly task: string;
  readonly term: number;
  readonly core: string;
  readonly log: Logger;
  /** Told of each state, for metrics. */
  readonly observe?: TaskObserver | undefined;
}

/**
 * Keeps `/tasks/<task>/progress` true while this instance leads: at once when the phase changes, else once a second, every 10 s
 * when nothing else has changed than the time. It is what people look at, nothing rests on it; so a write that fails is
 * only logged.
 */
export class ProgressReport {
  readonly #session: Session;
  readonly #task: string;
  readonly #log: Logger;
  readonly #timer: NodeJS.Timeout;
  #state: Progress;
  #run: RunProgress | undefined;
  readonly #notes: FailureNotes;
  #lagMs = 0;
  #behind: Behind | undefined;
  #past: { at: number; rows: number; bytes: number };
  #rowsBefore = 0;
  #writing: Promise<void> = Promise.resolve();
  #written: { at: number; what: string } | undefined;
  readonly #observe: TaskObserver | undefined;

  constructor(options: ReportOptions) {
    this.#observe = options.observe;
    this.#session = options.session;
    this.#task = options.task;
    this.#log = options.log;
    this.#notes = new FailureNotes(options);
    const now = Date.now();
    const { term, core } = options;
    this.#state = {
      phase: 'STARTING',
      since: now,
      term,
      core,
      updatedAt: now,
      rows: 0,
      rowsPerSecond: 0,
      bytesPerSecond: 0,
      lagMs: 0,
    };
    this.#past = { at: performance.now(), rows: 0, bytes: 0 };
    this.#timer = setInterval(() => this.#write(), PACE_MS);
    this.#write();
  }

  phase(phase: Phase, failure?: Failure): void {
    const { failure: past, ...rest } = this.#state;
    const now = Date.now();
    this.#state = { ...rest, phase, since: phase === rest.phase ? rest.since : now };
    if (failure) {
      this.#observe?.failed(this.#task, failure.kind);
      const { kind, message, place, remedy } = failure;
      this.#state.failure = { kind, message, ...(place && { place }), ...(remedy && { remedy }), at: now };
      this.#notes.failed(phase, failure);
      // RUNNING again: the failure is over. STARTING after WAITING: not yet.
    } else if (past && phase === 'STARTING') this.#state.failure = past;
    this.#log.info({ phase, ...(failure && { failure: failure.kind }) }, `task is ${phase}`);
    this.#write();
  }

  /** A run begins: its sums start at zero. */
  runBegins(): void {
    this.#rowsBefore += this.#run?.rows ?? 0;
    this.#run = undefined;
    this.#lagMs = 0;
    this.#behind = undefined;
    this.#past = { at: performance.now(), rows: 0, bytes: 0 };
  }

  progress(run: RunProgress): void {
    this.#run = run;
  }

  lag(ms: number): void {
    this.#lagMs = ms;
  }

  /** What the source has beyond what is delivered. */
  behind(behind: Behind): void {
    this.#behind = behind;
  }

  async end(): Promise<void> {
    clearInterval(this.#timer);
    await this.#writing;
    await this.#notes.end();
    this.#observe?.ended(this.#task);
  }

  #measure(): void {
    const run = this.#run;
    const at = performance.now();
    const seconds = (at - this.#past.at) / 1000;
    const { lagBytes: _bytes, idleSince: _since, ...before } = this.#state;
    const { bytes: lagBytes, idleSince } = this.#behind ?? {};
    this.#state = {
      ...before,
      // All that there is was delivered: nothing is behind, however long ago the last change was.
      lagMs: idleSince === undefined ? this.#lagMs : 0,
      ...(lagBytes !== undefined && { lagBytes }),
      ...(idleSince !== undefined && { idleSince }),
    };
    if (this.#state.phase === 'RUNNING') this.#notes.runs(Date.now() - this.#state.since);
    if (!run) {
      this.#state = { ...this.#state, rowsPerSecond: 0, bytesPerSecond: 0 };
      return;
    }
    // A phase change writes in between; a rate over a few milliseconds would jump.
    if (seconds < 0.5) return;
    this.#state = {
      ...this.#state,
      position: run.position,
      eventTime: run.eventTime,
      rows: this.#rowsBefore + run.rows,
      ...(run.conflicts && { conflicts: run.conflicts }),
      rowsPerSecond: Math.round((run.rows - this.#past.rows) / seconds),
      bytesPerSecond: Math.round((run.bytes - this.#past.bytes) / seconds),
    };
    this.#past = { at, rows: run.rows, bytes: run.bytes };
  }

  #write(): void {
    this.#writing = this.#writing.then(async () => {
      this.#measure();
      this.#observe?.progress(this.#task, this.#state, this.#run);
      const now = performance.now();
      const what = JSON.stringify({ ...this.#state, updatedAt: 0 });
      // A timer is late or early by some milliseconds.
      const due = this.#written === undefined || now - this.#written.at > IDLE_PACE_MS - PACE_MS / 2;
      if (!due && what === this.#written?.what) return;
      this.#written = { at: now, what };
      this.#state = { ...this.#state, updatedAt: Date.now() };
      const path = paths.progress(this.#task);
      try {
        await writeTyped(this.#session, path, progressSchema, this.#state, -1);
      } catch (error) {
        if (!(error instanceof CoordinationError) || error.kind !== 'no-node') return this.#failed(error);
        await createTyped(this.#session, path, progressSchema, this.#state, 'persistent').catch((e: unknown) =>
          this.#failed(e),
        );
      }
    });
  }

  #failed(error: unknown): void {
    this.#written = undefined;
    if (!this.#session.over.aborted) this.#log.warn({ err: error }, 'progress could not be written');
  }
}
