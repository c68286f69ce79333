import { asFailure, type Failure } from '../../coordination/failure.js';
import type { Lease } from '../../coordination/lease.js';
import type { Logger } from '../../coordination/log.js';
import type { TaskSpec } from '../../coordination/schema/task-spec.js';
import { PipelineThread } from '../pipeline/pipeline-thread.js';
import { readTaskSecret, type SecretSources } from '../secrets.js';

export interface WarmOptions {
  readonly lease: Lease;
  readonly version: string;
  readonly secrets: SecretSources;
  readonly log: Logger;
}

/**
 * The pipeline thread of one task, kept ready for the configuration as it is: a standby's is connected to source and sink, so
 * that a take-over only has to start reading. Calls do not overlap: each waits for the one before.
 */
export class WarmPipeline {
  readonly #options: WarmOptions;
  #spec: TaskSpec | undefined;
  #thread: PipelineThread | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: WarmOptions) {
    this.#options = options;
  }

  /** Warms up for a configuration; what fails is logged once and tried again when it is needed. */
  warm(spec: TaskSpec, signal: AbortSignal): Promise<void> {
    return this.#serially(async () => {
      if (signal.aborted || (this.#spec === spec && this.#thread?.alive)) return;
      try {
        const thread = await this.#for(spec);
        await thread.prepare(signal);
        this.#options.log.info({}, 'warm: connected to source and sink');
      } catch (error) {
        if (signal.aborted) return;
        const failure: Failure = asFailure(error);
        this.#options.log.warn({ failure: failure.kind, place: failure.place, err: failure }, 'cannot warm up yet');
      }
    });
  }

  /** The thread for this configuration, made anew where it is not the one at hand. @throws Failure `secret-missing` */
  thread(spec: TaskSpec): Promise<PipelineThread> {
    return this.#serially(() => this.#for(spec));
  }

  /** After a failure of the thread itself: the next one is new. */
  renew(): Promise<void> {
    return this.#serially(async () => {
      if (this.#thread && !this.#thread.alive) await this.#drop();
    });
  }

  close(): Promise<void> {
    return this.#serially(() => this.#drop());
  }

  async #for(spec: TaskSpec): Promise<PipelineThread> {
    if (this.#thread?.alive && this.#spec === spec) return this.#thread;
    await this.#drop();
    const { lease, version, secrets, log } = this.#options;
    const setup = {
      spec,
      sourcePassword: await readTaskSecret(spec, 'source.mysql.password', secrets),
      sinkPassword: await readTaskSecret(spec, 'sink.kafka.sasl.password', secrets),
      lease: lease.buffer,
      version,
    };
    this.#spec = spec;
    this.#thread = new PipelineThread(setup, log);
    return this.#thread;
  }

  async #drop(): Promise<void> {
    const thread = this.#thread;
    this.#thread = undefined;
    this.#spec = undefined;
    await thread?.close();
  }

  #serially<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work);
    this.#last = mine.catch(() => undefined);
    return mine;
  }
}
