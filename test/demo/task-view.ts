import { setTimeout as pause } from 'node:timers/promises';
import { newBell } from '../../coordination/follow.js';
import { createLogger } from '../../coordination/log.js';
import { paths } from '../../coordination/paths.js';
import type { Session } from '../../coordination/session.js';
import { overviewTask, type TaskOverview } from '../../coordination/task-list.js';
import { connectSession } from '../../coordination/zookeeper-session.js';

const RECONNECT_MS = 500;
const log = createLogger({ level: 'silent', pretty: false });

/**
 * Looks at a task in ZooKeeper now and at each change of its instances and its progress, through lost sessions, until the
 * signal. The listener gets `undefined` while ZooKeeper cannot be asked.
 */
export async function viewTask(
  servers: string,
  task: string,
  listener: (overview: TaskOverview | undefined) => void,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const session = await connectSession({ servers, log }, signal);
      try {
        await viewInSession(session, task, listener, signal);
      } finally {
        await session.close();
      }
    } catch {
      listener(undefined); // not reachable or the session is over: another one, below
    }
    await pause(RECONNECT_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function viewInSession(
  session: Session,
  task: string,
  listener: (overview: TaskOverview) => void,
  signal: AbortSignal,
): Promise<void> {
  const bell = newBell();
  const ring = (): void => bell.ring();
  const instances = new Map<string, () => void>();
  const unwatch = [
    session.watch(paths.instances(task), 'children', ring),
    session.watch(paths.progress(task), 'data', ring),
  ];
  signal.addEventListener('abort', ring);
  session.over.addEventListener('abort', ring);
  try {
    while (!signal.aborted && !session.over.aborted) {
      const overview = await overviewTask(session, task);
      listener(overview);
      const nodes = new Set(overview.instances.map(({ node }) => node));
      for (const node of nodes) {
        if (!instances.has(node)) instances.set(node, session.watch(paths.instance(task, node), 'data', ring));
      }
      for (const [node, dispose] of instances) {
        if (nodes.has(node)) continue;
        dispose();
        instances.delete(node);
      }
      await bell.rung();
    }
  } finally {
    for (const dispose of [...unwatch, ...instances.values()]) dispose();
    signal.removeEventListener('abort', ring);
    session.over.removeEventListener('abort', ring);
  }
}
