import { setTimeout as pause } from 'node:timers/promises';

/** What carries a server: a local process or a container. It knows nothing of the server's protocol. */
export interface Body {
  /** Starts it with these arguments after its own; resolves when it exists, not when it answers. */
  launch(extraArgs: readonly string[]): Promise<void>;
  /** The current incarnation's end in words; pending while it lives. */
  ended(): Promise<string>;
  alive(): boolean;
  terminate(): Promise<void>;
  kill(): Promise<void>;
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  logTail(): Promise<string>;
  /** Gives back everything that outlives the server itself: data (unless it is to be kept), guards, containers. */
  dispose(): Promise<void>;
}

/** Another program took the port between looking and binding; the stack then tries other ports. */
export class PortTaken extends Error {}

export interface StartOptions {
  /** Further command line arguments, after and above the stack's own; kept for later starts until given again. */
  readonly extraArgs?: readonly string[];
  readonly signal?: AbortSignal;
}

export interface ServiceParts {
  readonly name: string;
  readonly port: number;
  readonly dataDir: string;
  readonly logFile: string;
  readonly body: Body;
  /** One try to talk to this very server; throws why it is not ready yet. Must settle within a few seconds. */
  readonly answers: () => Promise<void>;
}

const START_LIMIT_MS = 120_000;
const STOP_LIMIT_MS = 60_000;
const PROBE_EVERY_MS = 50;
const ADDRESS_IN_USE = /address already in use|BindException|port is already allocated/i;

/** One server of the stack, whatever carries it. Its port and its data stay the same over every stop, kill and restart. */
export class Service {
  readonly name: string;
  readonly host = '127.0.0.1';
  readonly port: number;
  readonly dataDir: string;
  readonly logFile: string;
  readonly #body: Body;
  readonly #answers: () => Promise<void>;
  #extraArgs: readonly string[] = [];
  #frozen = false;

  constructor(parts: ServiceParts) {
    this.name = parts.name;
    this.port = parts.port;
    this.dataDir = parts.dataDir;
    this.logFile = parts.logFile;
    this.#body = parts.body;
    this.#answers = parts.answers;
  }

  get running(): boolean {
    return this.#body.alive() && !this.#frozen;
  }

  /** Resolves when the server really answers. A server that cannot start rejects with the tail of its log. */
  async start(options: StartOptions = {}): Promise<void> {
    if (this.#body.alive()) throw new Error(`${this.name} runs already.`);
    options.signal?.throwIfAborted();
    this.#extraArgs = options.extraArgs ?? this.#extraArgs;
    this.#frozen = false;
    try {
      await this.#launch();
      await this.#untilItAnswers(options.signal);
    } catch (error) {
      await this.kill();
      throw error;
    }
  }

  /** Asks the server to end in order and waits for it; one that does not within a minute is killed, and that is an error. */
  async stop(): Promise<void> {
    if (!this.#body.alive()) return;
    await this.resume();
    const ended = this.#body.ended();
    await this.#body.terminate();
    const limit = new AbortController();
    const late = pause(STOP_LIMIT_MS, 'late' as const, { signal: limit.signal }).catch(() => 'ended' as const);
    const outcome = await Promise.race([ended.then(() => 'ended' as const), late]);
    limit.abort();
    if (outcome === 'ended') return;
    await this.kill();
    throw new Error(`${this.name} did not stop in ${STOP_LIMIT_MS / 1000} s and was killed.\n${await this.#tail()}`);
  }

  /** SIGKILL; resolves when it is gone. */
  async kill(): Promise<void> {
    this.#frozen = false;
    if (!this.#body.alive()) return;
    const ended = this.#body.ended();
    await this.#body.kill();
    await ended;
  }

  /** SIGSTOP: its connections stay open and nothing answers. */
  async pause(): Promise<void> {
    if (!this.#body.alive()) throw new Error(`${this.name} does not run.`);
    await this.#body.freeze();
    this.#frozen = true;
  }

  /** SIGCONT after a `pause`. */
  async resume(): Promise<void> {
    if (!this.#frozen) return;
    await this.#body.thaw();
    this.#frozen = false;
  }

  /** Stops in order and starts again on the same port with the same data. */
  async restart(options: StartOptions = {}): Promise<void> {
    await this.stop();
    await this.start(options);
  }

  /** Kills it and removes what it left, data included unless the stack keeps them. */
  async dispose(): Promise<void> {
    await this.kill();
    await this.#body.dispose();
  }

  async #launch(): Promise<void> {
    try {
      await this.#body.launch(this.#extraArgs);
    } catch (error) {
      throw await this.#startFailure(error instanceof Error ? error.message : String(error));
    }
  }

  async #untilItAnswers(signal: AbortSignal | undefined): Promise<void> {
    const deadline = performance.now() + START_LIMIT_MS;
    let end: string | undefined;
    void this.#body.ended().then((how) => (end = how));
    let reason = 'no answer';
    while (performance.now() < deadline) {
      signal?.throwIfAborted();
      if (end !== undefined) throw await this.#startFailure(`it ended with ${end}.`);
      try {
        await this.#answers();
        if (this.#body.alive()) return;
      } catch (error) {
        reason = error instanceof Error ? error.message : String(error);
      }
      await pause(PROBE_EVERY_MS);
    }
    throw new Error(
      `${this.name} did not answer within ${START_LIMIT_MS / 1000} s (${reason}).\n${await this.#tail()}`,
    );
  }

  async #startFailure(how: string): Promise<Error> {
    const message = `${this.name} did not start: ${how}\n${await this.#tail()}`;
    return ADDRESS_IN_USE.test(message) ? new PortTaken(message) : new Error(message);
  }

  async #tail(): Promise<string> {
    return `The end of its log:\n${await this.#body.logTail()}`;
  }
}
