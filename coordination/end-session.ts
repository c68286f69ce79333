import { parseConnectString } from './connect-string.js';
import { CoordinationError } from './session.js';
import { findConnection } from './zookeeper-connect.js';
import type { ZookeeperAuth } from './zookeeper-auth.js';
import type { Credentials } from './zookeeper-connection.js';

/**
 * Ends the session of a process that has died, so that its ephemeral nodes go at once and not when the session expires: for
 * a parent that was told the session's credentials and sees its child end. Resolves to false when the session was over
 * already.
 *
 * The caller must be certain that the process is dead: a living one would be torn from its session.
 * @throws CoordinationError; the signal's reason when no server answers before it aborts
 */
export async function endSession(
  options: {
    readonly servers: string;
    readonly credentials: Credentials;
    readonly auth?: ZookeeperAuth | undefined;
    readonly timeoutMs: number;
  },
  signal: AbortSignal,
): Promise<boolean> {
  const ignore = (): void => undefined;
  const { servers } = parseConnectString(options.servers);
  try {
    const { credentials, auth, timeoutMs } = options;
    const connection = await findConnection(
      { servers, credentials, auth, timeoutMs, onEvent: ignore, onRefusal: ignore },
      signal,
    );
    await connection.close();
    return true;
  } catch (error) {
    if (error instanceof CoordinationError && error.kind === 'session-over') return false;
    throw error;
  }
}
