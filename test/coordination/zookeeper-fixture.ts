import type { TestContext } from 'node:test';
import type { Logger } from '../../coordination/log.js';
import type { Session, SessionState } from '../../coordination/session.js';
import { connectSession, type SessionOptions } from '../../coordination/zookeeper-session.js';

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: object;
}

/** A logger that keeps its lines. */
export function newMemoryLog(): Logger & { lines: LogLine[] } {
  const lines: LogLine[] = [];
  const at =
    (level: LogLine['level']) =>
    (first: object | string, message?: string): void => {
      lines.push({
        level,
        message: typeof first === 'string' ? first : (message ?? ''),
        fields: typeof first === 'string' ? {} : first,
      });
    };
  const log = { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child: () => log };
  return log;
}

let roots = 0;

/** A root that no other test uses. */
export function newRoot(): string {
  return `/test_${process.pid}_${++roots}`;
}

export const TIMEOUT_MS = 2000;

/** Opens a session that ends with the test. */
export async function openSession(
  t: TestContext,
  servers: string,
  options: Partial<SessionOptions> = {},
): Promise<Session> {
  const session = await connectSession(
    { servers, timeoutMs: TIMEOUT_MS, log: newMemoryLog(), ...options },
    new AbortController().signal,
  );
  t.after(() => session.close());
  return session;
}

/** Resolves when the session is in this state, at once when it is already. */
export async function untilState(session: Session, state: SessionState): Promise<void> {
  if (session.state === state) return;
  await new Promise<void>((resolve) => {
    const off = session.onState((now) => {
      if (now !== state) return;
      off();
      resolve();
    });
  });
}

/** Resolves when `condition` holds, looking again after each change of a node's children or content. */
export async function until(
  session: Session,
  path: string,
  kind: 'data' | 'children',
  condition: () => Promise<boolean>,
): Promise<void> {
  let wake = (): void => undefined;
  const unwatch = session.watch(path, kind, () => wake());
  try {
    for (;;) {
      const woken = new Promise<void>((resolve) => (wake = resolve));
      if (await condition()) return;
      await woken;
    }
  } finally {
    unwatch();
  }
}

/** A promise that is settled from outside. */
export function newSignal<T = void>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((settle) => (resolve = settle));
  return { promise, resolve };
}
