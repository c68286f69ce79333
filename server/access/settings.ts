import { z } from 'zod';
import { role } from '../../coordination/schema/access.js';

const UNITS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `30m`, `12h`, `7d`; becomes milliseconds. */
const duration = z
  .string()
  .regex(/^[1-9]\d{0,3}[mhd]$/, 'a number with m, h or d, e.g. 12h')
  .transform((text) => Number(text.slice(0, -1)) * UNITS[text.at(-1) as keyof typeof UNITS]);

const reference = z.string().regex(/^(env:[A-Za-z_][A-Za-z0-9_]*|file:\/.+)$/, 'env:NAME or file:/absolute/path');

export const oidcSettingsSchema = z.strictObject({
  name: z.string().min(1).max(60).default('single sign-on').describe('What the sign-in page calls it.'),
  issuer: z.url().describe('The provider; its discovery document is below it.'),
  clientId: z.string().min(1),
  clientSecret: reference.optional().describe('Absent for a public client.'),
  scope: z.string().default('openid profile email'),
  userClaim: z.string().min(1).default('preferred_username').describe('Claim of the ID token that names the user.'),
  roleClaim: z
    .string()
    .min(1)
    .default('groups')
    .describe('Claim that the role follows from: a text, or a list of texts; `a.b` for a claim inside another.'),
  roles: z
    .strictObject({
      admin: z.array(z.string()).default([]),
      operator: z.array(z.string()).default([]),
      viewer: z.array(z.string()).default([]),
    })
    .describe('Which values of the claim mean which role; the highest counts.'),
  defaultRole: role.optional().describe('Of those with none of these values; without it they are refused.'),
});
export type OidcSettings = z.output<typeof oidcSettingsSchema>;

/** The Server's configuration file, as far as sign-in is concerned. */
export const serverFileSchema = z.strictObject({
  publicUrl: z
    .url({ protocol: /^https?$/ })
    .transform((url) => url.replace(/\/+$/, ''))
    .optional()
    .describe('How browsers reach the Server, where a proxy stands before it. With https, cookies are for https only.'),
  trustProxy: z.string().optional().describe('Addresses of proxies whose X-Forwarded headers are believed.'),
  tls: z
    .strictObject({
      cert: z.string().describe('Certificate with its chain (PEM).'),
      key: z.string().describe('Its private key (PEM).'),
    })
    .optional()
    .describe('Files; read again when they change.'),
  sessions: z
    .strictObject({
      idle: duration.default(UNITS.h * 12).describe('Ends a session after so long without a request.'),
      absolute: duration.default(UNITS.d * 7).describe('Ends a session after so long in any case.'),
    })
    .prefault({}),
  oidc: oidcSettingsSchema.optional().describe('Sign-in by OpenID Connect.'),
});
export type ServerFile = z.output<typeof serverFileSchema>;
