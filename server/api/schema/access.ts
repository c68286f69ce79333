import { z } from 'zod';
import { auditRecordSchema, role, tokenScopeSchema, userName } from '../../../coordination/schema/access.js';
import { time } from './values.js';

/** Longer than any that is taken, and bounded before it is hashed. */
const password = z.string().min(1).max(1000);

/** How one may sign in; asked before anybody is. */
export const signInMethods = z.object({
  setupNeeded: z.boolean().describe('There is no user yet: the Server’s log has a link for the first administrator.'),
  password: z.literal(true),
  oidc: z.object({ name: z.string(), url: z.string().describe('Where to send the browser.') }).optional(),
});
export type SignInMethods = z.infer<typeof signInMethods>;

export const signInBody = z.strictObject({ user: z.string().min(1).max(64), password });
export const setupBody = z.strictObject({ code: z.string().min(1).max(100), user: userName, password });
export const passwordBody = z.strictObject({
  password: password.describe('The one until now.'),
  newPassword: password,
});

/** Who is asking, and how. */
export const whoAnswer = z
  .object({
    name: z.string(),
    role,
    by: z.enum(['session', 'token']),
    scope: tokenScopeSchema.optional().describe('Of a token that may touch some tasks only.'),
    hasPassword: z.boolean().describe('Whether there is a password that can be changed here.'),
    expiresAt: time.optional().describe('End of the session in any case.'),
    idleMs: z.number().optional().describe('The session ends after so long without a request.'),
  })
  .meta({ id: 'Who' });
export type WhoAnswer = z.infer<typeof whoAnswer>;

export const sessionItem = z
  .object({
    id: z.string(),
    user: z.string(),
    by: z.enum(['password', 'oidc', 'setup']),
    from: z.string().describe('Address.'),
    agent: z.string().describe('What the browser calls itself.'),
    createdAt: time,
    seenAt: time.describe('Within some minutes.'),
    current: z.boolean().describe('Whether it is the one that asks.'),
  })
  .meta({ id: 'SessionItem' });
export const sessionList = z.object({ sessions: z.array(sessionItem) });
export const sessionsQuery = z.object({
  user: z.string().max(64).optional().describe('Whose; your own when absent, `*` for all (admin).'),
});
export const ended = z.object({ ended: z.number().int() });

export const userItem = z
  .object({
    name: z.string(),
    role,
    hasPassword: z.boolean(),
    oidc: z.object({ issuer: z.string(), subject: z.string() }).optional(),
    createdAt: time,
    createdBy: z.string(),
    passwordChangedAt: time.optional(),
  })
  .meta({ id: 'User' });
export type UserItem = z.infer<typeof userItem>;
export const userList = z.object({ users: z.array(userItem) });
export const newUserBody = z.strictObject({ name: userName, role, password });
export const userChange = z
  .strictObject({ role: role.optional(), password: password.optional() })
  .refine((change) => change.role !== undefined || change.password !== undefined, 'a role or a password');

export const tokenItem = z
  .object({
    id: z.string(),
    name: z.string(),
    role,
    scope: tokenScopeSchema.optional(),
    owner: z.string().optional(),
    createdAt: time,
    createdBy: z.string(),
    expiresAt: time.optional(),
    usedAt: time.optional().describe('Within some minutes.'),
  })
  .meta({ id: 'Token' });
export type TokenItem = z.infer<typeof tokenItem>;
export const tokenList = z.object({ tokens: z.array(tokenItem) });
export const newTokenBody = z.strictObject({
  name: z.string().trim().min(1).max(100),
  role: role.describe('At most your own.'),
  scope: tokenScopeSchema.optional().describe('Only these tasks and groups; everything when absent.'),
  expiresAt: time.optional().describe('Milliseconds since 1970; never when absent.'),
});
export const newTokenAnswer = z.object({ token: tokenItem, text: z.string().describe('Shown once; kept nowhere.') });

export const auditQuery = z.object({
  who: z.string().max(100).optional().describe('Part of a name.'),
  action: z.string().max(100).optional().describe('Part of an action: `task.`'),
  object: z.string().max(200).optional().describe('Part of an object: `tasks/copy_hot_item`.'),
  from: z.coerce.number().nonnegative().optional().describe('Not before; milliseconds since 1970.'),
  to: z.coerce.number().nonnegative().optional().describe('Not after.'),
  before: z.coerce
    .number()
    .int()
    .nonnegative()
    .optional()
    .describe('Only records with a smaller number: the next page.'),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});
export const auditItem = auditRecordSchema.meta({ id: 'AuditRecord' });
export type AuditItem = z.infer<typeof auditItem>;
export const auditList = z.object({
  records: z.array(auditItem).describe('Newest first.'),
  kept: z.number().int().describe('How many are kept here at the most; the Servers’ logs have all.'),
});
