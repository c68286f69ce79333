import type { ServerName } from '../../coordination/connect-string.js';
import { formatServer } from '../../coordination/connect-string.js';
import { inParallel } from '../../coordination/in-parallel.js';
import type { TaskSpec } from '../../coordination/schema/task-spec.js';
import type { BrokerFacts, Probe, SourceFacts } from '../view/view.js';
import { sourceKey } from '../view/task-sight.js';
import { probeBroker } from './broker-probe.js';
import { fourLetterWord } from '../../coordination/four-letter-word.js';
import { parseSrvr, type MemberFacts } from './member-facts.js';

/** Looks at a source with a task's own account. @throws when it cannot */
export type ProbeSource = (task: TaskSpec, signal: AbortSignal) => Promise<SourceFacts>;

export interface ProbePace {
  readonly membersMs: number;
  readonly brokersMs: number;
  readonly sourcesMs: number;
}

export const PROBE_PACE: ProbePace = { membersMs: 2_000, brokersMs: 10_000, sourcesMs: 10_000 };
const MEMBER_LIMIT_MS = 1_500;
const BROKER_LIMIT_MS = 5_000;
const SOURCE_LIMIT_MS = 10_000;
const AT_ONCE = 8;

export interface ProbesOptions {
  readonly members: readonly ServerName[];
  /** Left out: nobody looks at sources. */
  readonly source: ProbeSource | undefined;
  readonly pace?: ProbePace;
  /** Told after each round. */
  readonly onRound: () => void;
}

/** What the Monitor measures itself, round after round: ZooKeeper's members, brokers, sources, each distinct one once. */
export class Probes {
  readonly members = new Map<string, Probe<MemberFacts>>();
  readonly brokers = new Map<string, Probe<BrokerFacts>>();
  readonly sources = new Map<string, Probe<SourceFacts>>();
  /** When the end of a source's log was last seen to move. */
  readonly moved = new Map<string, number>();
  readonly #options: ProbesOptions;
  readonly #stop = new AbortController();
  readonly #rounds: Promise<void>[];
  #specs: readonly TaskSpec[] = [];

  constructor(options: ProbesOptions) {
    this.#options = options;
    const { membersMs, brokersMs, sourcesMs } = options.pace ?? PROBE_PACE;
    this.#rounds = [
      this.#repeat(membersMs, () => this.#members()),
      this.#repeat(brokersMs, () => this.#brokers()),
      ...(options.source === undefined ? [] : [this.#repeat(sourcesMs, () => this.#sources(options.source!))]),
    ];
  }

  /** The tasks whose servers are to be looked at. */
  attend(specs: readonly TaskSpec[]): void {
    this.#specs = specs;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#rounds);
  }

  async #repeat(everyMs: number, round: () => Promise<void>): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await round();
      if (signal.aborted) return;
      this.#options.onRound();
      // The first rounds find nothing to do: the tasks are not read yet.
      await new Promise<void>((resolve) => {
        const timer = setTimeout(done, this.#specs.length === 0 ? Math.min(everyMs, 1_000) : everyMs);
        function done(): void {
          clearTimeout(timer);
          signal.removeEventListener('abort', done);
          resolve();
        }
        signal.addEventListener('abort', done);
      });
    }
  }

  async #members(): Promise<void> {
    await Promise.all(
      this.#options.members.map((server) => {
        const ask = async (): Promise<MemberFacts> => parseSrvr(await fourLetterWord(server, 'srvr', MEMBER_LIMIT_MS));
        return note(this.members, formatServer(server), ask);
      }),
    );
  }

  async #brokers(): Promise<void> {
    const wanted = new Map<string, boolean>();
    for (const { sink } of this.#specs) {
      const tls = sink.kafka?.tls !== undefined && sink.kafka.tls !== false;
      for (const broker of sink.kafka?.brokers ?? []) wanted.set(broker, tls);
    }
    forget(this.brokers, wanted);
    await inParallel([...wanted], AT_ONCE, ([broker, tls]) => {
      return note(this.brokers, broker, () => probeBroker(broker, tls, BROKER_LIMIT_MS));
    });
  }

  async #sources(look: ProbeSource): Promise<void> {
    // One connection for each distinct source, with the account of the first of its tasks.
    const wanted = new Map<string, TaskSpec>();
    for (const spec of this.#specs) if (!wanted.has(sourceKey(spec))) wanted.set(sourceKey(spec), spec);
    forget(this.sources, wanted);
    forget(this.moved, wanted);
    await inParallel([...wanted], AT_ONCE, async ([name, task]) => {
      const before = this.sources.get(name);
      const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(SOURCE_LIMIT_MS)]);
      await note(this.sources, name, () => look(task, signal));
      const now = this.sources.get(name);
      if (!now?.ok || !before?.ok) return;
      const { file, offset } = before.facts.end;
      if (now.facts.end.file !== file || now.facts.end.offset !== offset) this.moved.set(name, now.at);
    });
  }
}

/** Asks, and writes down what came of it; does not throw. */
async function note<T>(into: Map<string, Probe<T>>, name: string, ask: () => Promise<T>): Promise<void> {
  const began = performance.now();
  const before = into.get(name);
  try {
    const facts = await ask();
    into.set(name, { ok: true, at: Date.now(), ms: performance.now() - began, facts });
  } catch (error) {
    const now = Date.now();
    const since = before !== undefined && !before.ok ? before.since : now;
    const { message, code } = error as Error & { code?: string };
    into.set(name, { ok: false, at: now, since, error: message === '' ? (code ?? 'no answer') : message });
  }
}

function forget(known: Map<string, unknown>, wanted: ReadonlyMap<string, unknown>): void {
  for (const name of known.keys()) if (!wanted.has(name)) known.delete(name);
}
