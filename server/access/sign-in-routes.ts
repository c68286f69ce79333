import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { userName, type SignedIn, type User } from '../../coordination/schema/access.js';
import { setupBody, signInBody, signInMethods, whoAnswer, type WhoAnswer } from '../api/schema/access.js';
import type { AccessParts } from './parts.js';
import { SESSION_COOKIE, setCookieHeader } from './cookies.js';
import { requireSameOrigin } from './origin-check.js';
import { passwordFault, TooBusy } from './passwords.js';
import { AccessRefused } from './refused.js';
import { beginSession } from './sessions.js';
import { completeSetup } from './setup.js';
import { newUser, nobodyYet, readUser } from './users.js';

const TAGS = ['sign-in'];

/** Signing in by password, and making the first administrator. */
export function signInRoutes(plain: FastifyInstance, parts: AccessParts): void {
  const app = plain.withTypeProvider<ZodTypeProvider>();

  app.get(
    '/api/v1/sign-in',
    {
      config: { role: 'public' },
      schema: { tags: TAGS, summary: 'How one may sign in.', response: { 200: signInMethods } },
    },
    async () => ({
      setupNeeded: await nobodyYet(parts.session()),
      password: true as const,
      ...(parts.oidc && { oidc: { name: parts.oidc.name, url: '/api/v1/oidc/start' } }),
    }),
  );

  app.post(
    '/api/v1/session',
    {
      config: { role: 'public', audit: false },
      schema: {
        tags: TAGS,
        summary: 'Sign in; the session is a cookie. After many failures 429 says when to try again.',
        body: signInBody,
        response: { 200: whoAnswer },
      },
    },
    async (request, reply) => {
      requireSameOrigin(request, parts.publicUrl, false);
      const { user: name, password } = request.body;
      const user = await checkPassword(parts, name, password, request.ip).catch(async (error: unknown) => {
        if (error instanceof AccessRefused) await tellFailure(parts, request, name, error);
        throw error;
      });
      return signIn(parts, request, reply, user, 'password');
    },
  );

  app.post(
    '/api/v1/setup',
    {
      config: { role: 'public', audit: false },
      schema: {
        tags: TAGS,
        summary: 'Make the first administrator, with the code of the link that a Server prints when it starts.',
        body: setupBody,
        response: { 200: whoAnswer },
      },
    },
    async (request, reply) => {
      requireSameOrigin(request, parts.publicUrl, false);
      const { code, user: name, password } = request.body;
      const fault = passwordFault(password, name);
      if (fault !== undefined) throw new AccessRefused('password-weak', fault);
      const now = Date.now();
      limit(parts, '(setup)', request.ip, now);
      const hashed = await parts.hasher.hash(password);
      const user: User = { ...newUser(name, 'admin', 'setup', now), password: hashed, passwordChangedAt: now };
      await completeSetup(parts.session(), code, user, now);
      parts.attempts.succeeded('(setup)', request.ip, now);
      return signIn(parts, request, reply, user, 'setup');
    },
  );
}

/**
 * The user whose password it is.
 * @throws AccessRefused `too-many-attempts`, `sign-in-failed`, `sign-in-busy`
 */
export async function checkPassword(parts: AccessParts, name: string, password: string, from: string): Promise<User> {
  const now = Date.now();
  limit(parts, name, from, now);
  // What can be no user's name is nobody's, and takes as long.
  const user = userName.safeParse(name).success ? (await readUser(parts.session(), name))?.value : undefined;
  let right: boolean;
  try {
    right = await parts.hasher.matches(password, user?.password);
  } catch (error) {
    if (!(error instanceof TooBusy)) throw error;
    throw new AccessRefused('sign-in-busy', 'too many people sign in just now: try again in some seconds', 5);
  }
  if (user === undefined || !right) throw new AccessRefused('sign-in-failed', 'user name or password is wrong');
  parts.attempts.succeeded(name, from, now);
  return user;
}

/** Begins a session and gives the browser its cookie. */
export async function signIn(
  parts: AccessParts,
  request: FastifyRequest,
  reply: FastifyReply,
  user: User,
  by: SignedIn['by'],
): Promise<WhoAnswer> {
  const now = Date.now();
  const about = { by, from: request.ip, agent: request.headers['user-agent'] ?? '', now };
  const { signedIn, cookie } = await beginSession(parts.session(), await parts.keys(), user, about);
  giveCookie(parts, reply, cookie);
  const who = { name: user.name, role: user.role, by: 'session' as const };
  const object = `users/${user.name}`;
  await parts.audit({ who, from: request.ip, action: 'session.begin', object, after: { by }, outcome: 'done' });
  return describeWho(parts, user, signedIn);
}

export function giveCookie(parts: AccessParts, reply: FastifyReply, cookie: string): void {
  const options = { https: parts.https, sameSite: 'Strict', maxAgeMs: parts.limits.absoluteMs } as const;
  void reply.header('set-cookie', setCookieHeader(SESSION_COOKIE, cookie, options));
}

export function describeWho({ limits }: AccessParts, user: User, signedIn: SignedIn): WhoAnswer {
  return {
    name: user.name,
    role: user.role,
    by: 'session',
    hasPassword: user.password !== undefined,
    expiresAt: signedIn.createdAt + limits.absoluteMs,
    idleMs: limits.idleMs,
  };
}

function limit({ attempts }: AccessParts, name: string, from: string, now: number): void {
  const wait = attempts.waitMs(name, from, now);
  if (wait > 0) {
    const seconds = Math.ceil(wait / 1000);
    throw new AccessRefused('too-many-attempts', `too many attempts: try again in ${seconds} s`, seconds);
  }
  attempts.attempted(name, from, now);
}

async function tellFailure(
  parts: AccessParts,
  request: FastifyRequest,
  name: string,
  { code }: AccessRefused,
): Promise<void> {
  const object = `users/${name.slice(0, 64)}`;
  const after = { why: code };
  await parts.audit({ who: undefined, from: request.ip, action: 'session.begin', object, after, outcome: 'refused' });
}
