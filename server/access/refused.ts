/** Why access was not given or changed; a sentence for whoever asked. Never holds a secret. */
export class AccessRefused extends Error {
  override readonly name = 'AccessRefused';
  readonly code: AccessRefusal;
  /** Seconds after which it may be tried again. */
  readonly retryAfter: number | undefined;

  constructor(code: AccessRefusal, message: string, retryAfter?: number) {
    super(message);
    this.code = code;
    this.retryAfter = retryAfter;
  }
}

/** Each with the status of its answer. */
export const REFUSALS = {
  'user-exists': 409,
  'no-user': 404,
  'last-admin': 409,
  'password-weak': 422,
  'sign-in-failed': 401,
  'sign-in-busy': 503,
  'too-many-attempts': 429,
  'setup-over': 409,
  'setup-code-wrong': 403,
  'no-token': 404,
  'token-too-strong': 403,
  'out-of-scope': 403,
  'no-session': 404,
  'not-yours': 403,
  'password-wrong': 403,
  'cross-site': 403,
  'oidc-refused': 403,
  'oidc-unavailable': 502,
} as const;
export type AccessRefusal = keyof typeof REFUSALS;
