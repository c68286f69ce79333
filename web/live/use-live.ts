import { useSyncExternalStore } from 'react';
import type { CoreSummary, TaskSummary } from '../../server/api/schema/task-summary.js';
import { useStore } from '../state/store.js';
import { live, serverNow } from './live-connection.js';
import { isPresent, type LiveState } from './live-state.js';

export function useLive<Part>(select: (state: LiveState) => Part): Part {
  return useStore(live, select);
}

export function useTaskSummary(name: string): TaskSummary | undefined {
  return useStore(live, ({ tasks }) => tasks.get(name));
}

export function useCoreSummary(name: string): CoreSummary | undefined {
  return useStore(live, ({ cores }) => cores.get(name));
}

/** One clock for the page: every age on it counts up together, once a second. */
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;
let second = serverNow();

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) second = serverNow();
  listeners.add(listener);
  timer ??= setInterval(() => {
    second = serverNow();
    for (const each of listeners) each();
  }, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** The Server's time, to the second. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => second);
}

/** Whether the Server was not heard for so long that nothing shown can be taken for a state. */
export function useStale(): boolean {
  return useStore(live, (state) => state.stale);
}

/** Whether what is shown is the present, or the last picture. */
export function usePresent(): boolean {
  const now = useNow();
  return useStore(live, (state) => isPresent(state, Math.max(now, state.heardAt)));
}
