import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import type { ApiDocument } from './api-description.js';
import { apiPage } from './api-page.js';
import type { App } from './app.js';

/** Describes every route that is registered after it as OpenAPI 3.1. */
export async function describeApi(app: App, version: string): Promise<void> {
  // The plugin's types want the plain app.
  await (app as unknown as FastifyInstance).register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'mysql-replicator',
        description:
          'Registers, watches and steers replication tasks. Errors are `application/problem+json`; what may lose another’s change wants `If-Match`.',
        version,
      },
      servers: [],
      components: {
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer', description: 'An API token.' },
          session: { type: 'apiKey', in: 'cookie', name: 'mysql_replicator_session' },
        },
      },
      security: [{ token: [] }, { session: [] }],
    },
    transform: ({ schema, url, route, ...rest }) => {
      const transformed = jsonSchemaTransform({ schema, url, route, ...rest } as Parameters<
        typeof jsonSchemaTransform
      >[0]);
      const { role } = route.config ?? {};
      const described = transformed.schema as Record<string, unknown>;
      return { ...transformed, schema: { ...described, ...(role === 'public' && { security: [] }), 'x-role': role } };
    },
    transformObject: jsonSchemaTransformObject,
  });
}

/** Where the description is read: as a document and as a page. After all other routes. */
export function apiDescriptionRoutes(app: App): void {
  let page: string | undefined;
  app.get('/api/v1/openapi.json', { config: { role: 'public' }, schema: { hide: true } }, async (_request, reply) => {
    reply.type('application/json').header('cache-control', 'no-cache');
    return reply.send(apiDocument(app));
  });
  app.get('/api/docs', { config: { role: 'public' }, schema: { hide: true } }, async (_request, reply) => {
    page ??= apiPage(apiDocument(app));
    reply.type('text/html; charset=utf-8').header('cache-control', 'no-cache');
    reply.header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'");
    return reply.send(page);
  });
}

/** The OpenAPI document of an app that is ready. */
export function apiDocument(app: App): ApiDocument {
  return (app as unknown as { swagger(): unknown }).swagger() as ApiDocument;
}
