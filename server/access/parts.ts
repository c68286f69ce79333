import type { FastifyRequest } from 'fastify';
import type { Logger } from '../../coordination/log.js';
import type { SignedIn } from '../../coordination/schema/access.js';
import type { Session } from '../../coordination/session.js';
import type { Attempts } from './attempts.js';
import type { OidcSignIn } from './oidc.js';
import type { PasswordHasher } from './passwords.js';
import type { AuditEntry } from './port.js';
import type { SessionKeyring } from './session-keys.js';
import type { SessionLimits } from './sessions.js';

/** What the routes of sign-in are made of. */
export interface AccessParts {
  readonly session: () => Session;
  readonly keys: () => Promise<SessionKeyring>;
  readonly limits: SessionLimits;
  readonly https: boolean;
  readonly publicUrl: string | undefined;
  readonly hasher: PasswordHasher;
  readonly attempts: Attempts;
  readonly oidc: OidcSignIn | undefined;
  readonly log: Logger;
  /** The session that a request belongs to; `undefined` for a token's. */
  readonly signedIn: (request: FastifyRequest) => SignedIn | undefined;
  readonly audit: (entry: AuditEntry) => Promise<void>;
}
