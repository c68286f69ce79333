import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
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
