import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Token } from '../../coordination/schema/access.js';
import { newTokenAnswer, newTokenBody, tokenList, type TokenItem } from '../api/schema/access.js';
import { done } from '../api/schema/values.js';
import type { AccessParts } from './parts.js';
import { roleSuffices } from './port.js';
import { AccessRefused } from './refused.js';
import { createToken, listTokens, removeToken } from './tokens.js';

const TAGS = ['tokens'];

/** Tokens for scripts: everybody's own; the administrators see all. */
export function tokenRoutes(plain: FastifyInstance, parts: AccessParts): void {
  const app = plain.withTypeProvider<ZodTypeProvider>();

  app.get(
    '/api/v1/tokens',
    {
      config: { role: 'viewer' },
      schema: { tags: TAGS, summary: 'Your tokens; all of them for an admin.', response: { 200: tokenList } },
    },
    async (request) => {
      const { owner, role } = request.who!;
      const all = await listTokens(parts.session());
      const mine = all.filter((token) => role === 'admin' || isOf(token, owner));
      return { tokens: mine.map(describeToken) };
    },
  );

  app.post(
    '/api/v1/tokens',
    {
      config: { role: 'viewer', audit: 'token.create' },
      schema: {
        tags: TAGS,
        summary: 'Make a token that can do what you can, or less.',
        body: newTokenBody,
        response: { 201: newTokenAnswer },
      },
    },
    async (request, reply) => {
      const who = request.who!;
      const { name, role, scope, expiresAt } = request.body;
      request.audited = { object: 'tokens', after: { name, role, scope, expiresAt } };
      if (parts.signedIn(request) === undefined) {
        throw new AccessRefused('token-too-strong', 'a token cannot make tokens: sign in, or use the command line');
      }
      if (!roleSuffices(who.role, role)) {
        throw new AccessRefused('token-too-strong', `a token of yours cannot be ${role}: you are ${who.role}`);
      }
      const now = Date.now();
      const wanted = { name, role, scope, expiresAt, owner: who.owner, createdBy: who.name };
      const { token, text } = await createToken(parts.session(), wanted, now);
      request.audited = { ...request.audited, object: `tokens/${token.id}` };
      return reply.code(201).send({ token: describeToken(token), text });
    },
  );

  app.delete(
    '/api/v1/tokens/:token',
    {
      config: { role: 'viewer', audit: 'token.remove' },
      schema: {
        tags: TAGS,
        summary: 'End a token: your own, or any (admin).',
        params: z.object({ token: z.string().regex(/^[0-9a-f]{16}$/) }),
        response: { 200: done },
      },
    },
    async (request) => {
      const { owner, role } = request.who!;
      const { token: id } = request.params;
      request.audited = { object: `tokens/${id}` };
      const found = (await listTokens(parts.session())).find((token) => token.id === id);
      // Who may not end it is not told that it is there.
      if (found === undefined || (role !== 'admin' && !isOf(found, owner))) {
        throw new AccessRefused('no-token', 'there is no such token');
      }
      request.audited = {
        object: `tokens/${id}`,
        before: { name: found.name, role: found.role, owner: found.owner?.name },
      };
      await removeToken(parts.session(), id);
      return { done: true as const };
    },
  );
}

function isOf(token: Token, owner: Token['owner']): boolean {
  return owner !== undefined && token.owner?.id === owner.id;
}

function describeToken({ hash: _hash, owner, ...token }: Token): TokenItem {
  return { ...token, ...(owner !== undefined && { owner: owner.name }) };
}
