import type { TestContext } from 'node:test';
import { serveInstance, type InstanceState, type Lead } from '../../coordination/leadership.js';
import { instanceLine, paths } from '../../coordination/paths.js';
import type { Session } from '../../coordination/session.js';
import { lineUp } from '../../coordination/election.js';
import { newMemoryLog, newSignal, until } from './zookeeper-fixture.js';

export const TASK = 'copy_hot_item';

export interface Running {
  readonly lead: Lead;
  /** Ends this lead's work. */
  readonly finish: (failure?: Error) => void;
}

/** One Core's instance whose leads do nothing until the test says so, or until they are told to stop. */
export interface Player {
  readonly name: string;
  readonly leads: Lead[];
  readonly log: ReturnType<typeof newMemoryLog>;
  readonly done: Promise<'stopped' | 'session-over'>;
  /** Resolves when the n-th lead (from 1) has begun. */
  leading(n?: number): Promise<Running>;
  /** Resolves when it stands by. */
  standing(): Promise<void>;
  stop(): Promise<'stopped' | 'session-over'>;
}

export interface PlayOptions {
  /** A lead that goes on for a while after it was told to stop; by default it settles at once. */
  readonly onLost?: () => Promise<void>;
}

export function play(t: TestContext, session: Session, name: string, options: PlayOptions = {}): Player {
  const stopping = new AbortController();
  const begun: Running[] = [];
  const waiting = new Map<number, (running: Running) => void>();
  let state: InstanceState = 'joining';
  let onState = (): void => undefined;
  const log = newMemoryLog();
  const done = serveInstance(
    {
      session,
      line: instanceLine(TASK),
      identity: { core: name, host: name, pid: process.pid },
      log,
      onState: (now) => {
        state = now;
        onState();
      },
      lead: async (lead) => {
        const work = newSignal<Error | undefined>();
        const running = { lead, finish: (failure?: Error) => work.resolve(failure) };
        lead.signal.addEventListener('abort', () => work.resolve(undefined));
        lead.stopping.addEventListener('abort', () => work.resolve(undefined));
        begun.push(running);
        waiting.get(begun.length)?.(running);
        const failure = await work.promise;
        if (lead.signal.aborted) await options.onLost?.();
        if (failure !== undefined) throw failure;
      },
    },
    stopping.signal,
  );
  const stop = () => {
    stopping.abort();
    return done;
  };
  t.after(stop);
  return {
    name,
    log,
    done,
    stop,
    get leads() {
      return begun.map(({ lead }) => lead);
    },
    async leading(n = 1) {
      return begun[n - 1] ?? new Promise((resolve) => waiting.set(n, resolve));
    },
    async standing() {
      while (state !== 'standby') await new Promise<void>((resolve) => (onState = resolve));
    },
  };
}

/** The hosts in line, first the one whose turn it is. */
export async function line(session: Session): Promise<string[]> {
  return lineUp((await session.children(paths.instances(TASK))) ?? []).line.map(({ host }) => host);
}

export async function untilLine(session: Session, hosts: readonly string[]): Promise<void> {
  await until(session, paths.instances(TASK), 'children', async () => {
    return JSON.stringify(await line(session)) === JSON.stringify(hosts);
  });
}

/** The path of a host's node. */
export async function nodeOf(session: Session, host: string): Promise<string> {
  const found = lineUp((await session.children(paths.instances(TASK))) ?? []).line.find((one) => one.host === host);
  if (found === undefined) throw new Error(`${host} is not in line`);
  return paths.instance(TASK, found.node);
}
