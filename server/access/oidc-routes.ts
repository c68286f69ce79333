import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { User } from '../../coordination/schema/access.js';
import { seal, unseal } from '../../coordination/sealed-secret.js';
import type { Session } from '../../coordination/session.js';
import type { AccessParts } from './parts.js';
import { cookieName, readCookieHeader, setCookieHeader } from './cookies.js';
import { OIDC_ATTEMPT_MS, type OidcIdentity } from './oidc.js';
import { AccessRefused } from './refused.js';
import { signIn } from './sign-in-routes.js';
import { changeUser, createUser, newUser, readUser } from './users.js';

const TAGS = ['sign-in'];
const COOKIE = 'mysql_replicator_oidc';
const PURPOSE = 'oidc attempt';

const carriedSchema = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  startedAt: z.number(),
  back: z.string(),
});

/** Signing in by OpenID Connect. What goes wrong is shown by the sign-in page, which is told its code. */
export function oidcRoutes(plain: FastifyInstance, parts: AccessParts): void {
  const app = plain.withTypeProvider<ZodTypeProvider>();
  const { oidc, https } = parts;
  if (oidc === undefined) return;
  // Lax: the provider, another site, sends the browser back here.
  const cookie = (value: string): string =>
    setCookieHeader(COOKIE, value, { https, sameSite: 'Lax', maxAgeMs: OIDC_ATTEMPT_MS });
  const failed = (error: AccessRefused): string => `/sign-in?error=${error.code}`;

  app.get(
    '/api/v1/oidc/start',
    {
      config: { role: 'public' },
      schema: {
        tags: TAGS,
        summary: 'Send the browser to the sign-in provider.',
        querystring: z.object({ back: z.string().max(500).optional().describe('Page of the console to return to.') }),
      },
    },
    async (request, reply) => {
      try {
        const { url, attempt } = await oidc.begin(Date.now());
        const carried = JSON.stringify({ ...attempt, back: pageOf(request.query.back) });
        const text = seal(carried, PURPOSE, (await parts.keys()).carried);
        return await reply.header('set-cookie', cookie(text)).redirect(url, 302);
      } catch (error) {
        if (error instanceof AccessRefused) return reply.redirect(failed(error), 302);
        throw error;
      }
    },
  );

  app.get(
    '/api/v1/oidc/callback',
    {
      config: { role: 'public' },
      schema: { tags: TAGS, summary: 'Where the sign-in provider sends the browser back to.' },
    },
    async (request, reply) => {
      const past = cookie('');
      try {
        const text = readCookieHeader(request.headers.cookie, cookieName(COOKIE, https));
        const carried = carriedSchema.safeParse(text === undefined ? undefined : opened(text, await parts.keys()));
        if (!carried.success) throw new AccessRefused('oidc-refused', 'this sign-in was not begun here');
        const query = request.url.includes('?') ? request.url.slice(request.url.indexOf('?')) : '';
        const identity = await oidc.finish(query, carried.data, Date.now());
        const user = await userOf(parts.session(), identity, Date.now());
        await signIn(parts, request, reply, user, 'oidc');
        const set = reply.getHeader('set-cookie');
        void reply.removeHeader('set-cookie');
        return await reply.header('set-cookie', [String(set), past]).redirect(carried.data.back, 302);
      } catch (error) {
        if (!(error instanceof AccessRefused)) throw error;
        const object = 'session';
        const after = { why: error.code };
        const entry = { who: undefined, from: request.ip, action: 'session.begin', object, after } as const;
        await parts.audit({ ...entry, outcome: 'refused' });
        return reply.header('set-cookie', past).redirect(failed(error), 302);
      }
    },
  );
}

/**
 * The user that an identity belongs to, made when it is new; the role follows the provider at each sign-in.
 * @throws AccessRefused `oidc-refused` when the name is another's; `last-admin` when the provider would take the last one away
 */
export async function userOf(session: Session, identity: OidcIdentity, now: number): Promise<User> {
  const { name, role, issuer, subject } = identity;
  const found = (await readUser(session, name))?.value;
  if (found === undefined) {
    const user: User = { ...newUser(name, role, 'oidc', now), oidc: { issuer, subject } };
    await createUser(session, user);
    return user;
  }
  // Names are chosen at the provider: who is called like a user here is not that user because of it.
  if (found.oidc?.issuer !== issuer || found.oidc.subject !== subject) {
    throw new AccessRefused('oidc-refused', `the name ${name} belongs to another user here`);
  }
  return found.role === role ? found : changeUser(session, name, (user) => ({ ...user, role }));
}

/** Only pages of this console: an address of elsewhere would make us send people there. */
function pageOf(back: string | undefined): string {
  return back !== undefined && /^\/(?![/\\])[\x21-\x7e]*$/.test(back) && !back.includes('\\') ? back : '/';
}

function opened(text: string, keys: Awaited<ReturnType<AccessParts['keys']>>): unknown {
  try {
    return JSON.parse(unseal(text, PURPOSE, keys.carried));
  } catch {
    return undefined;
  }
}
