import { z } from 'zod';
import { taskName } from './task-spec.js';

/** The znodes below /access and /audit; see paths.ts for the tree. Times are milliseconds since 1970. */
const time = z.number().nonnegative();

/** From the least to the most that one may do; each may do what those before may. */
export const ROLES = ['viewer', 'operator', 'admin'] as const;
export const role = z.enum(ROLES);
export type Role = z.infer<typeof role>;

export const userName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}$/,
    'letters, digits, "_", ".", "@" and "-", at most 64, beginning with a letter or digit',
  );

/** A password's scrypt hash with what it was made by, so that the cost can be raised later. Bytes are base64. */
export const passwordHashSchema = z.object({
  scheme: z.literal('scrypt'),
  cost: z.int(),
  blockSize: z.int(),
  parallel: z.int(),
  salt: z.string(),
  hash: z.string(),
});
export type PasswordHash = z.infer<typeof passwordHashSchema>;

export const userSchema = z.object({
  name: userName,
  /** Random: who is made anew under the name of one who was removed is somebody else. */
  id: z.string(),
  role,
  /** Absent where the user signs in by OpenID Connect only. */
  password: passwordHashSchema.optional(),
  /** Who the user is at the provider. */
  oidc: z.object({ issuer: z.string(), subject: z.string() }).optional(),
  /** Counted up, it voids every session that began before. */
  epoch: z.int().nonnegative(),
  createdAt: time,
  createdBy: z.string(),
  passwordChangedAt: time.optional(),
});
export type User = z.infer<typeof userSchema>;

/** ZooKeeper changes one node at a time; this one says whose role is about to go, so that two at once cannot take away the last two. */
export const usersGuardSchema = z.object({
  leaving: z.array(z.object({ user: z.string(), at: time })).max(20),
});
export type UsersGuard = z.infer<typeof usersGuardSchema>;

export const tokenScopeSchema = z.object({
  /** Names of tasks, `*` for any letters. */
  tasks: z.array(z.string().regex(/^[A-Za-z0-9_.*-]{1,100}$/, 'a task’s name, with * as wildcard')).max(100),
  groups: z.array(taskName).max(100),
});
export type TokenScope = z.infer<typeof tokenScopeSchema>;

export const tokenSchema = z.object({
  id: z.string(),
  name: z.string(),
  /** SHA-256 of the token, hexadecimal. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  role,
  /** Which tasks it may touch; all when absent. */
  scope: tokenScopeSchema.optional(),
  /** Whose it is: it can do no more than this user, and goes with him. Absent for one made on the command line. */
  owner: z.object({ name: userName, id: z.string() }).optional(),
  createdAt: time,
  createdBy: z.string(),
  expiresAt: time.optional(),
  /** Within some minutes. */
  usedAt: time.optional(),
});
export type Token = z.infer<typeof tokenSchema>;

export const signedInSchema = z.object({
  id: z.string(),
  user: userName,
  userId: z.string(),
  /** SHA-256 of the secret in the cookie: who reads the tree cannot make the cookie. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  /** The user's at the beginning. */
  epoch: z.int().nonnegative(),
  by: z.enum(['password', 'oidc', 'setup']),
  createdAt: time,
  /** Within some minutes. */
  seenAt: time,
  from: z.string(),
  agent: z.string().max(300),
});
export type SignedIn = z.infer<typeof signedInSchema>;

export const sessionKeysSchema = z.object({
  /** Newest first. `key`: base64 of 32 bytes, or sealed where a secrets key is configured. */
  keys: z.array(z.object({ id: z.string(), key: z.string(), createdAt: time })).max(8),
});
export type SessionKeys = z.infer<typeof sessionKeysSchema>;

export const setupSchema = z.object({
  /** One for each Server that printed a link; SHA-256, hexadecimal. */
  codes: z.array(z.object({ hash: z.string(), expiresAt: time })).max(16),
  /** Who took it, from when on no code counts. */
  usedBy: userName.optional(),
});
export type Setup = z.infer<typeof setupSchema>;

export const auditRecordSchema = z.object({
  sequence: z.int().nonnegative(),
  at: time,
  /** Name of a user or token; `user@host` on the command line; absent for nobody. */
  who: z.string().optional(),
  role: role.optional(),
  by: z.enum(['session', 'token', 'cli', 'nobody']),
  from: z.string(),
  action: z.string(),
  object: z.string(),
  outcome: z.enum(['done', 'refused', 'failed']),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
});
export type AuditRecord = z.infer<typeof auditRecordSchema>;
