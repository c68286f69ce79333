/** The cookie of a session. */
export const SESSION_COOKIE = 'mysql_replicator_session';

/** Cookies of this Server: read from the request's header, written as one header each. */
export interface CookieOptions {
  /** Over https: then no other site, no other port and no plain connection can set or get it. */
  readonly https: boolean;
  /** `Lax` comes back when another site sends the browser here, as a sign-in provider does. */
  readonly sameSite: 'Strict' | 'Lax';
  readonly maxAgeMs: number;
}

export function cookieName(name: string, https: boolean): string {
  return https ? `__Host-${name}` : name;
}

/** The value of a cookie; `undefined` when the browser sent none. */
export function readCookieHeader(header: string | undefined, name: string): string | undefined {
  for (const part of (header ?? '').split(';')) {
    const equals = part.indexOf('=');
    if (equals > 0 && part.slice(0, equals).trim() === name) return part.slice(equals + 1).trim();
  }
  return undefined;
}

/** A `Set-Cookie` header; an empty value takes the cookie away. Values hold letters, digits and `-_.:+/=` only. */
export function setCookieHeader(name: string, value: string, options: CookieOptions): string {
  const { https, sameSite, maxAgeMs } = options;
  const age = value === '' ? 0 : Math.floor(maxAgeMs / 1000);
  const flags = `Path=/; HttpOnly; SameSite=${sameSite}; Max-Age=${age}${https ? '; Secure' : ''}`;
  return `${cookieName(name, https)}=${value}; ${flags}`;
}
