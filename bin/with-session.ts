import type { Logger } from '../coordination/log.js';
import type { Session } from '../coordination/session.js';
import type { ZookeeperAuth } from '../coordination/zookeeper-auth.js';
import { connectSession } from '../coordination/zookeeper-session.js';

export interface SessionOptions {
  readonly servers: string;
  readonly auth?: ZookeeperAuth | undefined;
  readonly log: Logger;
}

const CONNECT_DEADLINE_MS = 6000;
const SUSPENDED_AT_MOST_MS = 8000;

/**
 * Opens a session for one command and closes it afterwards. Bounded: a session that stays without a server is given up.
 * @throws CoordinationError `connect-timeout`, `session-over`; whatever `work` throws
 */
export async function withSession<T>(options: SessionOptions, work: (session: Session) => Promise<T>): Promise<T> {
  const stop = new AbortController().signal;
  const session = await connectSession({ ...options, connectDeadlineMs: CONNECT_DEADLINE_MS }, stop);
  let patience: NodeJS.Timeout | undefined;
  const off = session.onState((state) => {
    clearTimeout(patience);
    if (state === 'suspended') patience = setTimeout(() => void session.close(), SUSPENDED_AT_MOST_MS);
  });
  try {
    return await work(session);
  } finally {
    off();
    clearTimeout(patience);
    await session.close();
  }
}
