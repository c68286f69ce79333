import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { AUDIT_KEPT, readAudit } from '../../coordination/audit.js';
import type { AuditRecord } from '../../coordination/schema/access.js';
import { auditList, auditQuery } from '../api/schema/access.js';
import type { AccessParts } from './parts.js';

/** What was done, by whom. */
export function auditRoutes(plain: FastifyInstance, parts: AccessParts): void {
  const app = plain.withTypeProvider<ZodTypeProvider>();
  const known = new Map<number, AuditRecord>();

  app.get(
    '/api/v1/audit',
    {
      config: { role: 'operator' },
      schema: {
        tags: ['audit'],
        summary: 'What was done, newest first: who, when, from where, what, before and after.',
        querystring: auditQuery,
        response: { 200: auditList },
      },
    },
    async (request) => ({ records: await readAudit(parts.session(), request.query, known), kept: AUDIT_KEPT }),
  );
}
