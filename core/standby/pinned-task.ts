import { lineUp } from '../../coordination/election.js';
import { newBell } from '../../coordination/follow.js';
import type { Logger } from '../../coordination/log.js';
import { paths } from '../../coordination/paths.js';
import type { Session } from '../../coordination/session.js';
import type { DrainOrder } from './drain-order.js';
import type { Serve } from './group-scan.js';

/** How long whoever stands behind is given to warm up. */
const WARM_MS = 1_000;

export interface PinnedOptions {
  readonly session: Session;
  readonly task: string;
  readonly serve: Serve;
  readonly drain: DrainOrder;
  readonly log: Logger;
}

/**
 * Serves a task by name, except while this Core is drained and another one serves the task: then it hands over, and comes back when
 * the drain is called off. Where nobody else stands in line the task stays.
 */
export async function servePinned(options: PinnedOptions, signal: AbortSignal): Promise<unknown> {
  const { session, task, serve, drain, log } = options;
  const ended = AbortSignal.any([signal, session.over]);
  for (;;) {
    const leave = new AbortController();
    const done = new AbortController();
    const own: { node: string | undefined } = { node: undefined };
    const watching = untilReplaceable(options, own, AbortSignal.any([ended, done.signal])).then((replaceable) => {
      if (replaceable) leave.abort();
    });
    try {
      const end = await serve(task, (node) => (own.node = node), AbortSignal.any([signal, leave.signal]));
      if (!leave.signal.aborted || ended.aborted) return end;
    } finally {
      done.abort();
      await watching;
    }
    log.info('handed over: this Core is drained');
    await untilCalledOff(drain, ended);
    if (ended.aborted) return undefined;
  }
}

/** Resolves to true when a drain is ordered and somebody else can have the task; to false when the signal aborts. */
async function untilReplaceable(
  { session, task, drain, log }: PinnedOptions,
  own: { readonly node: string | undefined },
  signal: AbortSignal,
): Promise<boolean> {
  const bell = newBell();
  const ring = (): void => bell.ring();
  const off = [drain.onChange(ring), session.watch(paths.instances(task), 'children', ring)];
  signal.addEventListener('abort', ring);
  let behindSince: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  try {
    while (!signal.aborted) {
      const { node } = own;
      if (!drain.ordered || node === undefined) behindSince = undefined;
      else {
        const { line } = lineUp((await session.children(paths.instances(task))) ?? []);
        const at = line.findIndex((member) => member.node === node);
        // A standby is missed by nobody.
        if (at > 0) return true;
        const now = performance.now();
        behindSince = at === 0 && line.length > 1 ? (behindSince ?? now) : undefined;
        if (behindSince !== undefined && now >= behindSince + WARM_MS) return true;
        if (behindSince !== undefined) timer = setTimeout(ring, behindSince + WARM_MS - now);
      }
      await bell.rung();
      clearTimeout(timer);
    }
  } catch (error) {
    if (!session.over.aborted) log.warn({ err: error }, 'whether another Core can have the task could not be seen');
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', ring);
    for (const unlisten of off) unlisten();
  }
  return false;
}

async function untilCalledOff(drain: DrainOrder, signal: AbortSignal): Promise<void> {
  while (drain.ordered && !signal.aborted) {
    await new Promise<void>((resolve) => {
      const done = (): void => {
        off();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const off = drain.onChange(done);
      signal.addEventListener('abort', done);
    });
  }
}
