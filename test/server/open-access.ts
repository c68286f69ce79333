import type { FastifyRequest } from 'fastify';
import { ROLES, type Access, type AuditEntry, type Role, type Who } from '../../server/access/port.js';

/**
 * Stands in for sign-in in tests of everything else: everybody is admin, or what the header `x-test-role` says. It lies with the tests so that
 * no Server can ever be started with it.
 */
export class OpenAccess implements Access {
  readonly entries: AuditEntry[] = [];

  async authenticate(request: FastifyRequest): Promise<Who | undefined> {
    const wanted = request.headers['x-test-role'];
    if (wanted === 'nobody') return undefined;
    const role: Role = ROLES.find((known) => known === wanted) ?? 'admin';
    return { name: `test-${role}`, role, by: 'session' };
  }

  async audit(entry: AuditEntry): Promise<void> {
    this.entries.push(entry);
  }

  async routes(): Promise<void> {
    // There is nobody to sign in.
  }
}
