import { fastify, type FastifyInstance } from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Logger } from '../../coordination/log.js';
import type { Access } from '../access/port.js';
import { newErrorHandler } from './problem.js';
import { enforceRoles } from './role-rule.js';

/** What every route is written against: request and answer are checked by their zod schemas. */
export type App = FastifyInstance<
  import('http').Server,
  import('http').IncomingMessage,
  import('http').ServerResponse,
  import('fastify').FastifyBaseLogger,
  ZodTypeProvider
>;

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
}

/** An app without routes: limits, schemas, errors and the rule of roles. */
export function createApp({ access, log, trustProxy }: AppOptions): App {
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
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(newErrorHandler(log));
  for (const type of ['application/yaml', 'text/yaml', 'application/x-yaml']) {
    app.addContentTypeParser(type, { parseAs: 'string' }, (_request, body, done) => done(null, body));
  }
  app.removeContentTypeParser('text/plain');
  enforceRoles(app as unknown as FastifyInstance, access, log);
  return app;
}
