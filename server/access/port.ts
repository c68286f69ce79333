import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Session } from '../../coordination/session.js';

/** From the least to the most that one may do; each may do what those before may. */
export const ROLES = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];
/** What a route asks for; `public` asks for nothing. */
export type RouteRole = Role | 'public';

export interface Who {
  readonly name: string;
  readonly role: Role;
  readonly by: 'session' | 'token';
}

/** What somebody did. Values hold no secrets. */
export interface AuditEntry {
  readonly who: Who | undefined;
  /** Address of the caller. */
  readonly from: string;
  /** `task.pause`, `task.edit`, `core.drain`, … */
  readonly action: string;
  /** What it was done to: `tasks/copy_hot_item`. */
  readonly object: string;
  readonly before?: unknown;
  readonly after?: unknown;
  readonly outcome: 'done' | 'refused' | 'failed';
}

/** What sign-in, audit and their routes are given of the Server. */
export interface AccessHost {
  /** The Server's session now. @throws when ZooKeeper is away */
  readonly session: () => Session;
}

/**
 * Who may do what. `authenticate` looks at cookie or token and resolves to nobody where there is none that holds; `audit` resolves once
 * the entry is safe, or logs that it is not: an order is not undone because of it. Whether the role suffices is the Server's
 * own rule (http/role-rule.ts).
 */
export interface Access {
  authenticate(request: FastifyRequest): Promise<Who | undefined>;
  audit(entry: AuditEntry): Promise<void>;
  /** Adds the routes of sign-in, users, tokens and audit, and what else hangs on the request (cookies, headers). */
  routes(app: FastifyInstance, host: AccessHost): Promise<void>;
}

export function roleSuffices(has: Role, wanted: Role): boolean {
  return ROLES.indexOf(has) >= ROLES.indexOf(wanted);
}
