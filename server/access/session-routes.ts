import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { ended, passwordBody, sessionList, sessionsQuery, whoAnswer } from '../api/schema/access.js';
import { done } from '../api/schema/values.js';
import type { AccessParts } from './parts.js';
import { SESSION_COOKIE, setCookieHeader } from './cookies.js';
import { passwordFault } from './passwords.js';
import { AccessRefused } from './refused.js';
import { beginSession, endSession, endSessionsOf, isOver, listSessions } from './sessions.js';
import { checkPassword, describeWho, giveCookie } from './sign-in-routes.js';
import { changeUser, readUser, withoutSessions } from './users.js';

const TAGS = ['sign-in'];

/** Who one is, one's password, and the sessions that are open. */
export function sessionRoutes(plain: FastifyInstance, parts: AccessParts): void {
  const app = plain.withTypeProvider<ZodTypeProvider>();

  app.get(
    '/api/v1/session',
    {
      config: { role: 'viewer' },
      schema: { tags: TAGS, summary: 'Who is asking.', response: { 200: whoAnswer } },
    },
    async (request) => {
      const who = request.who!;
      const signedIn = parts.signedIn(request);
      const user = signedIn && (await readUser(parts.session(), signedIn.user))?.value;
      if (user !== undefined && signedIn !== undefined) return describeWho(parts, user, signedIn);
      const { name, role, by, scope } = who;
      return { name, role, by, hasPassword: false, ...(scope !== undefined && { scope }) };
    },
  );

  app.delete(
    '/api/v1/session',
    {
      config: { role: 'viewer', audit: 'session.end' },
      schema: { tags: TAGS, summary: 'Sign out.', response: { 200: done } },
    },
    async (request, reply) => {
      const signedIn = parts.signedIn(request);
      if (signedIn === undefined) throw new AccessRefused('no-session', 'a token is no session');
      request.audited = { object: `users/${signedIn.user}` };
      await endSession(parts.session(), signedIn.id);
      const options = { https: parts.https, sameSite: 'Strict', maxAgeMs: 0 } as const;
      void reply.header('set-cookie', setCookieHeader(SESSION_COOKIE, '', options));
      return { done: true as const };
    },
  );

  app.put(
    '/api/v1/session/password',
    {
      config: { role: 'viewer', audit: 'user.password' },
      schema: {
        tags: TAGS,
        summary: 'Change your password; every other session of yours ends.',
        body: passwordBody,
        response: { 200: done },
      },
    },
    async (request, reply) => {
      const signedIn = parts.signedIn(request);
      if (signedIn === undefined) throw new AccessRefused('no-session', 'a token cannot change a password');
      const { password, newPassword } = request.body;
      const name = signedIn.user;
      request.audited = { object: `users/${name}` };
      const fault = passwordFault(newPassword, name);
      if (fault !== undefined) throw new AccessRefused('password-weak', fault);
      await checkPassword(parts, name, password, request.ip).catch((error: unknown) => {
        const wrong = error instanceof AccessRefused && error.code === 'sign-in-failed';
        throw wrong ? new AccessRefused('password-wrong', 'the password until now is wrong') : error;
      });
      const hashed = await parts.hasher.hash(newPassword);
      const now = Date.now();
      const user = await changeUser(parts.session(), name, (held) => {
        return { ...withoutSessions(held), password: hashed, passwordChangedAt: now };
      });
      const { by, from, agent } = signedIn;
      const { cookie, signedIn: next } = await beginSession(parts.session(), await parts.keys(), user, {
        by,
        from,
        agent,
        now,
      });
      giveCookie(parts, reply, cookie);
      await endSessionsOf(parts.session(), name, next.id);
      return { done: true as const };
    },
  );

  app.get(
    '/api/v1/sessions',
    {
      config: { role: 'viewer' },
      schema: {
        tags: TAGS,
        summary: 'Open sessions: your own, or others’ (admin).',
        querystring: sessionsQuery,
        response: { 200: sessionList },
      },
    },
    async (request) => {
      const { role } = request.who!;
      const own = request.who!.owner?.name;
      const user = request.query.user ?? own;
      if (user !== own && role !== 'admin') throw othersRefused();
      const now = Date.now();
      const found = user === undefined ? [] : await listSessions(parts.session(), user === '*' ? undefined : user);
      const current = parts.signedIn(request)?.id;
      return {
        sessions: found
          .filter((session) => !isOver(session, now, parts.limits))
          .map(({ hash: _hash, epoch: _epoch, userId: _userId, ...session }) => ({
            ...session,
            current: session.id === current,
          })),
      };
    },
  );

  app.delete(
    '/api/v1/sessions',
    {
      config: { role: 'viewer', audit: 'session.revoke' },
      schema: {
        tags: TAGS,
        summary: 'End all sessions of a user: your own, or another’s (admin).',
        querystring: sessionsQuery,
        response: { 200: ended },
      },
    },
    async (request) => {
      const { role } = request.who!;
      const own = request.who!.owner?.name;
      const user = request.query.user ?? own;
      if (user === undefined || user === '*') throw new AccessRefused('no-session', 'name the user');
      request.audited = { object: `users/${user}` };
      if (user !== own && role !== 'admin') throw othersRefused();
      // One write that ends them all, also one that begins just now; then their nodes.
      await changeUser(parts.session(), user, withoutSessions);
      return { ended: await endSessionsOf(parts.session(), user) };
    },
  );

  app.delete(
    '/api/v1/sessions/:session',
    {
      config: { role: 'viewer', audit: 'session.revoke' },
      schema: {
        tags: TAGS,
        summary: 'End one session: your own, or another’s (admin).',
        params: z.object({ session: z.string().regex(/^[A-Za-z0-9_-]{22}$/) }),
        response: { 200: ended },
      },
    },
    async (request) => {
      const { role } = request.who!;
      const own = request.who!.owner?.name;
      const { session: id } = request.params;
      const found = (await listSessions(parts.session())).find((session) => session.id === id);
      if (found !== undefined) request.audited = { object: `users/${found.user}` };
      // Who may not end it is not told that it is there.
      if (found === undefined || (found.user !== own && role !== 'admin')) {
        throw new AccessRefused('no-session', 'there is no such session');
      }
      await endSession(parts.session(), id);
      return { ended: 1 };
    },
  );
}

function othersRefused(): AccessRefused {
  return new AccessRefused('not-yours', 'sessions of others are the administrators’ business');
}
