import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { fastify, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Logger } from '../../coordination/log.js';
import type { Access } from '../access/port.js';
import { strictHeaders } from '../access/headers.js';
import { newErrorHandler } from './problem.js';
import { enforceRoles } from './role-rule.js';

/** What every route is written against: request and answer are checked by their zod schemas. */
export type App = FastifyInstance<Server, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>;

/** What one request may take: sizes in bytes, times in ms. */
export const LIMITS = {
  body: 1_048_576,
  headers: 16_384,
  /** A path's parameter. */
  parameter: 300,
  /** From the first byte of a request to its last. */
  requestMs: 15_000,
  headersMs: 10_000,
  idleMs: 75_000,
} as const;

export interface AppOptions {
  readonly access: Access;
  readonly log: Logger;
  /** Addresses of proxies whose `X-Forwarded-*` is believed. */
  readonly trustProxy?: string | undefined;
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
}

/** An app without routes: limits, schemas, errors and the rule of roles. */
export function createApp({ access, log, trustProxy, tls }: AppOptions): App {
  const app = fastify({
    bodyLimit: LIMITS.body,
    requestTimeout: LIMITS.requestMs,
    keepAliveTimeout: LIMITS.idleMs,
    routerOptions: { maxParamLength: LIMITS.parameter, ignoreTrailingSlash: false },
    http: { maxHeaderSize: LIMITS.headers, headersTimeout: LIMITS.headersMs, connectionsCheckingInterval: 1_000 },
    forceCloseConnections: true,
    logger: false,
    genReqId: () => Math.random().toString(36).slice(2, 10),
    ...(trustProxy !== undefined && { trustProxy }),
    // The types know an app of http or of https; ours is either.
    ...(tls !== undefined && ({ https: { cert: tls.cert, key: tls.key } } as object)),
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(newErrorHandler(log));
  for (const type of ['application/yaml', 'text/yaml', 'application/x-yaml']) {
    app.addContentTypeParser(type, { parseAs: 'string' }, (_request, body, done) => done(null, body));
  }
  app.removeContentTypeParser('text/plain');
  strictHeaders(app, access.https);
  enforceRoles(app, access, log);
  return app;
}
