import { hostname, userInfo } from 'node:os';
import { appendAudit, type AuditEntry } from '../coordination/audit.js';
import type { Logger } from '../coordination/log.js';
import type { Session } from '../coordination/session.js';
import { withSession, type SessionOptions } from './with-session.js';

/** Who works at this command line: `user@host` of the operating system. */
export function operator(): string {
  let name: string;
  try {
    name = userInfo().username;
  } catch {
    // A container's number without a name.
    name = String(process.getuid?.() ?? 'unknown');
  }
  return `${name}@${hostname()}`;
}

/**
 * Does what somebody ordered at the command line and leaves a record of it beside those of the Servers, also of what failed. A record that
 * cannot be written undoes nothing, but is said.
 */
export async function auditCli<T>(
  context: { readonly log: Logger },
  session: Session,
  what: Pick<AuditEntry, 'action' | 'object' | 'before' | 'after'>,
  work: () => Promise<T>,
): Promise<T> {
  const tell = async (outcome: AuditEntry['outcome']): Promise<void> => {
    try {
      await appendAudit(session, { ...what, who: operator(), by: 'cli', from: 'cli', outcome }, Date.now());
    } catch (error) {
      context.log.error({ err: error, action: what.action }, 'the audit record could not be written');
    }
  };
  let result: T;
  try {
    result = await work();
  } catch (error) {
    await tell('failed');
    throw error;
  }
  await tell('done');
  return result;
}

/** Opens a session and does there what somebody ordered at the command line, with a record; `work` is told who that is. */
export function asOperator<T>(
  context: SessionOptions,
  what: Pick<AuditEntry, 'action' | 'object' | 'before' | 'after'>,
  work: (session: Session, by: { readonly who: string }) => Promise<T>,
): Promise<T> {
  return withSession(context, (session) => auditCli(context, session, what, () => work(session, { who: operator() })));
}
