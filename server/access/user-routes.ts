import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { User } from '../../coordination/schema/access.js';
import { newUserBody, userChange, userItem, userList, type UserItem } from '../api/schema/access.js';
import { done } from '../api/schema/values.js';
import type { AccessParts } from './parts.js';
import { passwordFault } from './passwords.js';
import { AccessRefused } from './refused.js';
import { endSessionsOf } from './sessions.js';
import { removeTokensOf } from './tokens.js';
import { changeUser, createUser, listUsers, newUser, readUser, removeUser, withoutSessions } from './users.js';

const TAGS = ['users'];
const params = z.object({ user: z.string().min(1).max(64) });

/** The administrators' business: who there is. */
export function userRoutes(plain: FastifyInstance, parts: AccessParts): void {
  const app = plain.withTypeProvider<ZodTypeProvider>();

  app.get(
    '/api/v1/users',
    { config: { role: 'admin' }, schema: { tags: TAGS, summary: 'All users.', response: { 200: userList } } },
    async () => ({ users: (await listUsers(parts.session())).map(({ value }) => describeUser(value)) }),
  );

  app.post(
    '/api/v1/users',
    {
      config: { role: 'admin', audit: 'user.create' },
      schema: {
        tags: TAGS,
        summary: 'Make a user with a first password, which he can change.',
        body: newUserBody,
        response: { 201: userItem },
      },
    },
    async (request, reply) => {
      const { name, role, password } = request.body;
      request.audited = { object: `users/${name}`, after: { role } };
      requireGood(password, name);
      const now = Date.now();
      const hashed = await parts.hasher.hash(password);
      const user: User = { ...newUser(name, role, request.who!.name, now), password: hashed, passwordChangedAt: now };
      await createUser(parts.session(), user);
      return reply.code(201).send(describeUser(user));
    },
  );

  app.patch(
    '/api/v1/users/:user',
    {
      config: { role: 'admin', audit: 'user.change' },
      schema: {
        tags: TAGS,
        summary: 'Change a user’s role or set a new password, which ends his sessions.',
        params,
        body: userChange,
        response: { 200: userItem },
      },
    },
    async (request) => {
      const { user: name } = request.params;
      const { role, password } = request.body;
      const before = (await readUser(parts.session(), name))?.value;
      request.audited = {
        object: `users/${name}`,
        before: before && { role: before.role },
        after: { ...(role !== undefined && { role }), ...(password !== undefined && { newPassword: true }) },
      };
      if (password !== undefined) requireGood(password, name);
      const hashed = password === undefined ? undefined : await parts.hasher.hash(password);
      const now = Date.now();
      const changed = await changeUser(parts.session(), name, (user) => ({
        ...(hashed === undefined ? user : { ...withoutSessions(user), password: hashed, passwordChangedAt: now }),
        ...(role !== undefined && { role }),
      }));
      if (password !== undefined) await endSessionsOf(parts.session(), name);
      return describeUser(changed);
    },
  );

  app.delete(
    '/api/v1/users/:user',
    {
      config: { role: 'admin', audit: 'user.remove' },
      schema: {
        tags: TAGS,
        summary: 'Take a user away; his sessions and tokens end.',
        params,
        response: { 200: done },
      },
    },
    async (request) => {
      const { user: name } = request.params;
      request.audited = { object: `users/${name}` };
      const { role, id } = await removeUser(parts.session(), name);
      await removeTokensOf(parts.session(), id);
      await endSessionsOf(parts.session(), name);
      request.audited = { object: `users/${name}`, before: { role } };
      return { done: true as const };
    },
  );
}

function requireGood(password: string, user: string): void {
  const fault = passwordFault(password, user);
  if (fault !== undefined) throw new AccessRefused('password-weak', fault);
}

function describeUser(user: User): UserItem {
  const { name, role, oidc, createdAt, createdBy, passwordChangedAt } = user;
  return {
    name,
    role,
    hasPassword: user.password !== undefined,
    createdAt,
    createdBy,
    ...(oidc !== undefined && { oidc }),
    ...(passwordChangedAt !== undefined && { passwordChangedAt }),
  };
}
