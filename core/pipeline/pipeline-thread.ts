import { Worker } from 'node:worker_threads';
import { Failure } from '../../coordination/failure.js';
import type { Logger } from '../../coordination/log.js';
import type { Claim, Durable } from '../sink/sink.js';
import type { Position } from '../../coordination/position.js';
import type { StartFrom } from '../source/start-position.js';
import type { FromWorker, PipelineSetup, RunProgress, ToWorker } from './messages.js';
import type { PipelineSignals } from './pipeline.js';

interface Pending {
  resolve(found: Durable | undefined): void;
  reject(failure: Failure): void;
}

/** Hears, a few times a second, how a run goes. */
export interface RunListener {
  progress(progress: RunProgress): void;
  /** Milliseconds that the sink is behind the source. */
  lag(ms: number): void;
}

/**
 * The main thread's handle of one pipeline thread. One request at a time; each rejects with a `Failure`. When the thread dies,
 * the request under way rejects with `internal` and every later one too: close it and make a new one.
 */
export class PipelineThread {
  readonly #worker: Worker;
  readonly #exited: Promise<void>;
  #pending: Pending | undefined;
  #dead: Failure | undefined;
  #listener: RunListener | undefined;

  constructor(setup: PipelineSetup, log: Logger) {
    this.#worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: setup, name: setup.spec.name });
    this.#worker.on('message', (message: FromWorker) => this.#hear(message, log));
    this.#worker.on('error', (error) => this.#die(new Failure('internal', `pipeline thread: ${error.message}`)));
    this.#exited = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        this.#die(new Failure('internal', 'the pipeline thread has ended'));
        resolve();
      });
    });
  }

  get alive(): boolean {
    return this.#dead === undefined;
  }

  /** Connects source and sink, so that a take-over only has to start reading. */
  async prepare(signal: AbortSignal): Promise<void> {
    await this.#ask({ type: 'prepare' }, [[signal, 'stop']]);
  }

  /** Where `from` is in the source's log now. */
  async locate(from: StartFrom, signal: AbortSignal): Promise<Position> {
    return (await this.#find({ type: 'locate', from }, signal)).position;
  }

  /** Takes the sink over for a term; resolves to where the task goes on. Comes before every run. */
  claim(claim: Claim, signal: AbortSignal): Promise<Durable> {
    return this.#find({ type: 'claim', claim }, signal);
  }

  /** Runs the pipeline until it is stopped in order (resolves, with nothing in flight) or fails. */
  async run(from: Position, listener: RunListener, signals: PipelineSignals): Promise<void> {
    this.#listener = listener;
    try {
      await this.#ask({ type: 'run', from }, [
        [signals.stopping, 'stop'],
        [signals.lost, 'lost'],
      ]);
    } finally {
      this.#listener = undefined;
    }
  }

  /** Closes all connections and ends the thread; `deadlineMs` later it is ended whatever it does. */
  async close(deadlineMs = 3000): Promise<void> {
    const timer = setTimeout(() => void this.#worker.terminate(), deadlineMs);
    if (this.alive && !this.#pending) await this.#ask({ type: 'close' }, []).catch(() => undefined);
    else void this.#worker.terminate();
    await this.#exited;
    clearTimeout(timer);
  }

  async #find(request: ToWorker, signal: AbortSignal): Promise<Durable> {
    const found = await this.#ask(request, [[signal, 'stop']]);
    if (!found) throw new Failure('internal', 'the pipeline thread found no position');
    return found;
  }

  async #ask(request: ToWorker, signals: readonly (readonly [AbortSignal, 'stop' | 'lost'])[]) {
    if (this.#dead) throw this.#dead;
    if (this.#pending) throw new Failure('internal', 'a pipeline thread does one thing at a time');
    const answer = new Promise<Durable | undefined>((resolve, reject) => (this.#pending = { resolve, reject }));
    this.#worker.postMessage(request);
    const unlisten = signals.map(([signal, type]) => {
      const tell = () => this.#worker.postMessage({ type } satisfies ToWorker);
      if (signal.aborted) tell();
      signal.addEventListener('abort', tell);
      return () => signal.removeEventListener('abort', tell);
    });
    try {
      return await answer;
    } finally {
      for (const off of unlisten) off();
    }
  }

  #hear(message: FromWorker, log: Logger): void {
    switch (message.type) {
      case 'log':
        log[message.level](message.fields, message.message);
        return;
      case 'progress':
        this.#listener?.progress(message.progress);
        return;
      case 'lag':
        this.#listener?.lag(message.lagMs);
        return;
      case 'done': {
        const pending = this.#pending;
        this.#pending = undefined;
        const { failure, found } = message;
        if (!failure) return pending?.resolve(found);
        const { kind, place, remedy } = failure;
        pending?.reject(new Failure(kind, failure.message, { ...(place && { place }), ...(remedy && { remedy }) }));
      }
    }
  }

  #die(failure: Failure): void {
    this.#dead ??= failure;
    this.#pending?.reject(this.#dead);
    this.#pending = undefined;
  }
}
