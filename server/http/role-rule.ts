import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';
import type { Logger } from '../../coordination/log.js';
import { roleSuffices, type Access, type RouteRole, type Who } from '../access/port.js';
import { HttpProblem } from './problem.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may; a route without it cannot be registered. */
    role?: RouteRole;
    /** What the audit calls it; `false` for a request that changes nothing. Every route that is not GET or public has one. */
    audit?: string | false;
  }
  interface FastifyRequest {
    who: Who | undefined;
    /** What the audit entry of this request says besides who and what; the handler fills it in. */
    audited: { object?: string; before?: unknown; after?: unknown } | undefined;
  }
}

const READING = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * The rule of who may do what: every route names the role that it asks for, and it is asked for before a byte of the body is read. What
 * changes something leaves an audit record, whether it was done, refused or failed.
 */
export function enforceRoles(app: FastifyInstance, access: Access, log: Logger): void {
  app.decorateRequest('who', undefined);
  app.decorateRequest('audited', undefined);
  app.addHook('onRoute', (route) => requireDeclared(route));
  app.addHook('onRequest', async (request) => {
    const { role } = request.routeOptions.config;
    // No route: the answer is 404 whoever asks.
    if (role === undefined || role === 'public') return;
    request.who = await access.authenticate(request);
    if (request.who === undefined) {
      throw new HttpProblem(401, 'not-signed-in', 'nobody is signed in', {
        remedy: 'sign in, or send an API token: Authorization: Bearer …',
      });
    }
    if (!roleSuffices(request.who.role, role)) {
      throw new HttpProblem(403, 'role-too-low', `this needs the role ${role}; you are ${request.who.role}`);
    }
  });
  app.addHook('onResponse', async (request, reply) => {
    const { audit } = request.routeOptions.config;
    if (typeof audit !== 'string') return;
    const { object = objectOf(request), before, after } = request.audited ?? {};
    const outcome = reply.statusCode < 400 ? 'done' : reply.statusCode < 500 ? 'refused' : 'failed';
    const entry = { who: request.who, from: request.ip, action: audit, object, outcome } as const;
    await access
      .audit({ ...entry, ...(before !== undefined && { before }), ...(after !== undefined && { after }) })
      .catch((error: unknown) => log.error({ err: error, action: audit, object }, 'the audit record was not kept'));
  });
}

function requireDeclared(route: RouteOptions): void {
  const { role, audit } = route.config ?? {};
  const name = `${String(route.method)} ${route.url}`;
  if (role === undefined) throw new Error(`${name} declares no role`);
  const methods = Array.isArray(route.method) ? route.method : [route.method];
  const reads = methods.every((method) => READING.has(method));
  if (!reads && role !== 'public' && audit === undefined) throw new Error(`${name} declares no audit action`);
}

function objectOf(request: FastifyRequest): string {
  const { task, core } = (request.params ?? {}) as { task?: unknown; core?: unknown };
  if (typeof task === 'string') return `tasks/${task}`;
  if (typeof core === 'string') return `cores/${core}`;
  return request.routeOptions.url ?? '';
}
