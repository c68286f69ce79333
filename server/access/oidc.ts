import {
  allowInsecureRequests,
  authorizationCodeGrant,
  AuthorizationResponseError,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  discovery,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
  type Configuration,
} from 'openid-client';
import type { Logger } from '../../coordination/log.js';
import { ROLES, userName, type Role } from '../../coordination/schema/access.js';
import { AccessRefused } from './refused.js';
import type { OidcSettings } from './settings.js';

/** Who the provider says somebody is. */
export interface OidcIdentity {
  readonly name: string;
  readonly role: Role;
  readonly issuer: string;
  readonly subject: string;
}

/** What one sign-in under way must remember; the browser carries it, sealed. */
export interface OidcAttempt {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly startedAt: number;
}

export const OIDC_ATTEMPT_MS = 10 * 60_000;
const TIMEOUT_SECONDS = 10;

/** Sign-in by OpenID Connect: authorization code with PKCE, state and nonce. The provider is asked for its addresses when it is first needed. */
export class OidcSignIn {
  readonly #settings: OidcSettings;
  readonly #secret: string | undefined;
  readonly #redirect: string;
  readonly #log: Logger;
  #configuration: Promise<Configuration> | undefined;

  constructor(settings: OidcSettings, secret: string | undefined, publicUrl: string, log: Logger) {
    this.#settings = settings;
    this.#secret = secret;
    this.#redirect = `${publicUrl}/api/v1/oidc/callback`;
    this.#log = log;
  }

  get name(): string {
    return this.#settings.name;
  }

  /** Where the browser is sent, and what it must bring back. @throws AccessRefused `oidc-unavailable` */
  async begin(now: number): Promise<{ readonly url: string; readonly attempt: OidcAttempt }> {
    const configuration = await this.#configured();
    const attempt = { state: randomState(), nonce: randomNonce(), verifier: randomPKCECodeVerifier(), startedAt: now };
    const url = buildAuthorizationUrl(configuration, {
      redirect_uri: this.#redirect,
      scope: this.#settings.scope,
      state: attempt.state,
      nonce: attempt.nonce,
      code_challenge: await calculatePKCECodeChallenge(attempt.verifier),
      code_challenge_method: 'S256',
    });
    return { url: url.href, attempt };
  }

  /**
   * Exchanges what the browser brought back for an identity.
   * @param query the callback's query, with its `?`
   * @throws AccessRefused `oidc-refused`, `oidc-unavailable`
   */
  async finish(query: string, attempt: OidcAttempt, now: number): Promise<OidcIdentity> {
    if (now - attempt.startedAt > OIDC_ATTEMPT_MS) throw refused('the sign-in took too long: try again');
    const configuration = await this.#configured();
    let claims: Readonly<Record<string, unknown>> | undefined;
    try {
      const tokens = await authorizationCodeGrant(configuration, new URL(this.#redirect + query), {
        pkceCodeVerifier: attempt.verifier,
        expectedState: attempt.state,
        expectedNonce: attempt.nonce,
        idTokenExpected: true,
      });
      claims = tokens.claims();
    } catch (error) {
      // Answers of the provider may quote codes and tokens: only the kind is told.
      const { name, code } = error as { name?: string; code?: string };
      this.#log.warn({ error: name, why: code }, 'a sign-in by OpenID Connect failed');
      if (error instanceof AuthorizationResponseError) throw refused('the provider did not let you in');
      throw refused('the provider’s answer does not fit this sign-in: try again');
    }
    return identityOf(claims ?? {}, this.#settings);
  }

  async #configured(): Promise<Configuration> {
    const { issuer, clientId } = this.#settings;
    const url = new URL(issuer);
    // Without TLS only on this very machine, for trials.
    const local = url.protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
    this.#configuration ??= discovery(url, clientId, this.#secret, undefined, {
      timeout: TIMEOUT_SECONDS,
      ...(local && { execute: [allowInsecureRequests] }),
    });
    try {
      return await this.#configuration;
    } catch (error) {
      this.#configuration = undefined;
      const { name, code } = error as { name?: string; code?: string };
      this.#log.warn({ issuer, error: name, why: code }, 'the OpenID Connect provider cannot be reached');
      throw new AccessRefused('oidc-unavailable', 'the sign-in provider cannot be reached; try again later');
    }
  }
}

/** What the claims mean here. Pure. @throws AccessRefused `oidc-refused` */
export function identityOf(claims: Readonly<Record<string, unknown>>, settings: OidcSettings): OidcIdentity {
  const name = userName.safeParse(claims[settings.userClaim]);
  const { iss, sub } = claims;
  if (!name.success || typeof iss !== 'string' || typeof sub !== 'string') {
    throw refused(`the provider gives no usable user name (claim ${settings.userClaim})`);
  }
  const held = valuesOf(claimAt(claims, settings.roleClaim));
  const fits = [...ROLES].reverse().find((role) => settings.roles[role].some((value) => held.includes(value)));
  const role = fits ?? settings.defaultRole;
  if (role === undefined) throw refused('your account has no role here: ask an administrator for one');
  return { name: name.data, role, issuer: iss, subject: sub };
}

/** Names of claims may hold dots themselves. */
function claimAt(claims: Readonly<Record<string, unknown>>, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path];
  return path.split('.').reduce<unknown>((at, key) => {
    return typeof at === 'object' && at !== null && Object.hasOwn(at, key)
      ? (at as Record<string, unknown>)[key]
      : undefined;
  }, claims);
}

function valuesOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function refused(message: string): AccessRefused {
  return new AccessRefused('oidc-refused', message);
}
