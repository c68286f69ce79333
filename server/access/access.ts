import type { FastifyInstance, FastifyRequest } from 'fastify';
import { appendAudit, withoutSecrets } from '../../coordination/audit.js';
import type { Logger } from '../../coordination/log.js';
import { paths } from '../../coordination/paths.js';
import { signedInSchema, tokenSchema, userSchema, type SignedIn } from '../../coordination/schema/access.js';
import { taskSpecSchema } from '../../coordination/schema/task-spec.js';
import type { KeyRing } from '../../coordination/sealed-secret.js';
import { CoordinationError, type Session } from '../../coordination/session.js';
import { look } from '../../coordination/znode.js';
import { Attempts } from './attempts.js';
import { auditRoutes } from './audit-routes.js';
import { cookieName, readCookieHeader, SESSION_COOKIE } from './cookies.js';
import { OidcSignIn } from './oidc.js';
import { oidcRoutes } from './oidc-routes.js';
import { requireSameOrigin } from './origin-check.js';
import type { AccessParts } from './parts.js';
import { PasswordHasher } from './passwords.js';
import type { Access, AccessHost, AuditEntry, Who } from './port.js';
import { Records } from './records.js';
import { AccessRefused } from './refused.js';
import { loadSessionKeys, type SessionKeyring } from './session-keys.js';
import { sessionRoutes } from './session-routes.js';
import { holds, noteSeen, readCookie, sweepSessions, type SessionLimits } from './sessions.js';
import type { ServerFile } from './settings.js';
import { offerSetup } from './setup.js';
import { signInRoutes } from './sign-in-routes.js';
import { tokenRoutes } from './token-routes.js';
import { covers, noteUsed, tokenHolds, tokenId, tokenRole } from './tokens.js';
import { listUsers } from './users.js';
import { userRoutes } from './user-routes.js';

export interface AccessOptions {
  readonly settings: Pick<ServerFile, 'publicUrl' | 'tls' | 'sessions' | 'oidc'>;
  /** The provider's client secret, where there is one. */
  readonly oidcSecret?: string | undefined;
  /** Seals the keys that sessions are signed with. */
  readonly ring?: KeyRing | undefined;
  readonly log: Logger;
  /** Told the one-time code for the first administrator. */
  readonly onSetup: (code: string) => void;
}

const AUDIT_LIMIT_MS = 2000;
const SWEEP_MS = 60 * 60_000;

/** Sign-in, sessions, tokens and audit of one Server, all in ZooKeeper, so that they hold on every Server and survive each. */
export class ServerAccess implements Access {
  readonly #options: AccessOptions;
  readonly #limits: SessionLimits;
  readonly #https: boolean;
  readonly #signedIn = new WeakMap<FastifyRequest, SignedIn>();
  #host: AccessHost | undefined;
  #keys: SessionKeyring | undefined;
  readonly #users = new Records(() => this.#session(), paths.user, userSchema);
  readonly #sessions = new Records(() => this.#session(), paths.session, signedInSchema);
  readonly #tokens = new Records(() => this.#session(), paths.token, tokenSchema);

  constructor(options: AccessOptions) {
    const { idle, absolute } = options.settings.sessions;
    this.#options = options;
    this.#limits = { idleMs: idle, absoluteMs: absolute };
    this.#https = options.settings.tls !== undefined || options.settings.publicUrl?.startsWith('https:') === true;
  }

  get https(): boolean {
    return this.#https;
  }

  /** Keeps the house of one ZooKeeper session: keys, the first administrator's link, what is over. Returns what ends it. */
  begin(session: Session): () => void {
    const { log, onSetup } = this.#options;
    const sweep = async (): Promise<void> => {
      this.#keys = await loadSessionKeys(session, this.#options.ring, Date.now());
      const users = new Map((await listUsers(session)).map(({ value }) => [value.name, value]));
      await sweepSessions(session, users, Date.now(), this.#limits);
    };
    const tend = async (): Promise<void> => {
      const code = await offerSetup(session, Date.now());
      if (code !== undefined) onSetup(code);
      await sweep();
    };
    const told = (work: () => Promise<void>): void => {
      work().catch((error: unknown) => {
        if (!session.over.aborted) log.error({ err: error }, 'sign-in cannot be kept in order');
      });
    };
    told(tend);
    const timer = setInterval(() => told(tend), SWEEP_MS).unref();
    return () => clearInterval(timer);
  }

  async authenticate(request: FastifyRequest): Promise<Who | undefined> {
    const { authorization, cookie } = request.headers;
    if (authorization !== undefined) return this.#byToken(request, authorization);
    const value = readCookieHeader(cookie, cookieName(SESSION_COOKIE, this.#https));
    return value === undefined ? undefined : this.#bySession(request, value);
  }

  /**
   * The log has every record, whole, before anything else. The last 2,000 are in ZooKeeper as well; what cannot be written there is said in the
   * log and holds nothing up: the order has been carried out by then.
   */
  async audit(entry: AuditEntry): Promise<void> {
    const { log } = this.#options;
    const { who, from, action, object, outcome } = entry;
    const record = {
      by: who?.by ?? ('nobody' as const),
      ...(who !== undefined && { who: who.name, role: who.role }),
      from,
      action,
      object,
      outcome,
      ...(entry.before !== undefined && { before: withoutSecrets(entry.before) }),
      ...(entry.after !== undefined && { after: withoutSecrets(entry.after) }),
    };
    log.info({ audit: record }, `audit: ${action} ${object} ${outcome}`);
    // Whoever is not signed in must not be able to push the records of others out.
    if (who === undefined) return;
    try {
      await withinLimit(appendAudit(this.#session(), record, Date.now()));
    } catch (error) {
      log.error({ err: error, action, object }, 'the audit record is in the log only');
    }
  }

  async routes(app: FastifyInstance, host: AccessHost): Promise<void> {
    this.#host = host;
    const { settings, oidcSecret, log } = this.#options;
    const { publicUrl, oidc } = settings;
    if (oidc !== undefined && publicUrl === undefined) throw new Error('OpenID Connect needs publicUrl');
    const parts: AccessParts = {
      session: () => this.#session(),
      keys: () => this.#loaded(),
      limits: this.#limits,
      https: this.#https,
      publicUrl,
      hasher: new PasswordHasher(),
      attempts: new Attempts(),
      oidc: oidc && new OidcSignIn(oidc, oidcSecret, publicUrl!, log),
      log,
      signedIn: (request) => this.#signedIn.get(request),
      audit: (entry) => this.audit(entry),
    };
    signInRoutes(app, parts);
    oidcRoutes(app, parts);
    sessionRoutes(app, parts);
    userRoutes(app, parts);
    tokenRoutes(app, parts);
    auditRoutes(app, parts);
  }

  async #byToken(request: FastifyRequest, authorization: string): Promise<Who | undefined> {
    const text = /^Bearer (\S+)$/i.exec(authorization)?.[1];
    const id = text === undefined ? undefined : tokenId(text);
    if (text === undefined || id === undefined) return undefined;
    const token = await this.#tokens.get(id);
    const now = Date.now();
    if (!tokenHolds(text, token, now)) return undefined;
    const role = tokenRole(token, token.owner && (await this.#users.get(token.owner.name)));
    if (role === undefined) return undefined;
    if (token.scope !== undefined) await this.#requireScope(request, token.scope);
    this.#aside(() => noteUsed(this.#session(), token, now));
    const { owner } = token;
    const name = owner === undefined ? `token ${token.name}` : `${owner.name} (token ${token.name})`;
    return { name, role, by: 'token', scope: token.scope, owner };
  }

  async #bySession(request: FastifyRequest, value: string): Promise<Who | undefined> {
    const presented = readCookie(value, await this.#loaded());
    if (presented === undefined) return undefined;
    const signedIn = await this.#sessions.get(presented.id);
    const user = signedIn && (await this.#users.get(signedIn.user));
    const now = Date.now();
    if (signedIn === undefined || user === undefined) return undefined;
    if (!holds(presented, signedIn, user, now, this.#limits)) return undefined;
    requireSameOrigin(request, this.#options.settings.publicUrl, true);
    this.#signedIn.set(request, signedIn);
    this.#aside(() => noteSeen(this.#session(), signedIn, now, this.#limits.idleMs));
    return { name: user.name, role: user.role, by: 'session', owner: { name: user.name, id: user.id } };
  }

  /** A token of some tasks may ask for those alone: a route that names no task is none of its business, but to ask who it is. */
  async #requireScope(request: FastifyRequest, scope: NonNullable<Who['scope']>): Promise<void> {
    if (request.routeOptions.url === '/api/v1/session' && request.method === 'GET') return;
    const { task } = (request.params ?? {}) as { task?: unknown };
    if (typeof task === 'string') {
      const reading = await look(this.#session(), paths.task(task), taskSpecSchema).catch((error: unknown) => {
        // A name that is no znode's.
        if (error instanceof CoordinationError && error.kind === 'invalid-argument') return undefined;
        throw error;
      });
      const group = reading?.kind === 'present' ? reading.value.group : undefined;
      if (covers(scope, task, group)) return;
    }
    throw new AccessRefused('out-of-scope', 'this token is for other tasks');
  }

  async #loaded(): Promise<SessionKeyring> {
    this.#keys ??= await loadSessionKeys(this.#session(), this.#options.ring, Date.now());
    return this.#keys;
  }

  #session(): Session {
    if (this.#host === undefined) throw new Error('asked before the routes were made');
    return this.#host.session();
  }

  /** What is noted besides; a request neither waits for it nor fails with it. */
  #aside(work: () => Promise<void>): void {
    void (async () => work())().catch((error: unknown) => {
      this.#options.log.debug({ err: error }, 'the last use was not noted');
    });
  }
}

async function withinLimit(work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('ZooKeeper does not answer')), AUDIT_LIMIT_MS);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}
