import { z } from 'zod';
import { matcherSchema, severitySchema } from './alert-config.js';

/** What the Monitor keeps in ZooKeeper; see paths.ts for the tree. Times are milliseconds since 1970. Every list is bounded. */
const time = z.number().nonnegative();
const term = z.int().nonnegative();
const short = z.string().max(1_000);

/** So many tasks are named in one alert; `tasksInAll` says how many there are. */
export const NAMED_TASKS = 300;
export const OPEN_ALERTS = 500;
export const HISTORY_KEPT = 300;
export const LOG_KEPT = 40;

export const SUBJECT_KINDS = ['task', 'core', 'group', 'source', 'sink', 'zookeeper', 'channel', 'monitor'] as const;
export type SubjectKind = (typeof SUBJECT_KINDS)[number];

export const alertSchema = z.object({
  /** `<rule>.<kind>.<name>`: the same while the same thing is wrong with the same object. */
  id: z.string().max(200),
  rule: z.string(),
  kind: z.enum(SUBJECT_KINDS),
  name: z.string(),
  group: z.string().optional(),
  severity: severitySchema,
  state: z.enum(['firing', 'resolved']),
  /** Since when it holds; `firedAt` is later by the rule's `for`. */
  since: time,
  firedAt: time,
  resolvedAt: time.optional(),
  /** When its words were last written: numbers in them change all the time. */
  updatedAt: time,
  /** In English; other languages are made of rule and facts. */
  text: short,
  reason: short,
  remedy: short,
  facts: z.record(z.string(), z.union([short, z.number()])),
  tasks: z.array(z.string()).max(NAMED_TASKS),
  tasksInAll: z.int().nonnegative(),
  acknowledged: z.object({ by: z.string().max(200), at: time, note: z.string().max(1_000) }).optional(),
  /** Of the Monitor that wrote it; the next one writes its own when it begins, so that a past one's compare-and-set fails. */
  term,
});
export type Alert = z.infer<typeof alertSchema>;

/** One incident in one message: an alert that fires again later is another incident. */
const itemSchema = z.object({ id: z.string(), firedAt: time, severity: severitySchema });

export const MESSAGE_KINDS = ['firing', 'resolved', 'repeat', 'test'] as const;
export type MessageKind = (typeof MESSAGE_KINDS)[number];

export const flightSchema = z.object({
  /** Names the message, also when it is sent again after a kill: receivers drop the second by it. */
  key: z.string(),
  kind: z.enum(MESSAGE_KINDS),
  items: z.array(itemSchema).max(OPEN_ALERTS),
  begunAt: time,
  attempt: z.int().positive(),
  /** Nobody knows whether the attempt before has arrived. */
  mayRepeat: z.boolean(),
});
export type Flight = z.infer<typeof flightSchema>;

export const deliverySchema = z.object({
  key: z.string(),
  kind: z.enum(MESSAGE_KINDS),
  at: time,
  alerts: z.int().nonnegative(),
  /** At most three, for people. */
  names: z.array(z.string()).max(3),
  attempt: z.int().positive(),
  mayRepeat: z.boolean(),
  ok: z.boolean(),
  ms: z.number().nonnegative(),
  detail: z.string().max(300),
});
export type Delivery = z.infer<typeof deliverySchema>;

export const sentStateSchema = z.object({
  term,
  /** By alert: the last that the channel has heard of it. */
  told: z.record(
    z.string(),
    z.object({ firedAt: time, state: z.enum(['firing', 'resolved']), at: time, severity: severitySchema }),
  ),
  flight: flightSchema.optional(),
  failing: z.object({ since: time, attempts: z.int().positive(), error: z.string().max(300), nextAt: time }).optional(),
  /** Newest last. */
  log: z.array(deliverySchema).max(LOG_KEPT),
});
export type SentState = z.infer<typeof sentStateSchema>;

export const alertHistorySchema = z.object({
  /** Newest last. */
  entries: z
    .array(
      alertSchema.pick({
        id: true,
        rule: true,
        kind: true,
        name: true,
        group: true,
        severity: true,
        since: true,
        firedAt: true,
        resolvedAt: true,
        text: true,
        tasksInAll: true,
        acknowledged: true,
      }),
    )
    .max(HISTORY_KEPT),
});
export type AlertHistory = z.infer<typeof alertHistorySchema>;
export type PastAlert = AlertHistory['entries'][number];

export const silenceSchema = z.object({
  id: z.string().regex(/^[A-Za-z0-9_.-]{1,60}$/),
  match: matcherSchema,
  from: time,
  until: time,
  reason: z.string().max(500),
  by: z.string().max(200),
});
export type Silence = z.infer<typeof silenceSchema>;
export const silencesSchema = z.object({ silences: z.array(silenceSchema).max(200).default([]) });

const words = z.object({ en: z.string(), zh: z.string() });

/** The rules that the acting Monitor knows, for whoever shows them. */
export const catalogueSchema = z.object({
  version: z.string(),
  rules: z
    .array(
      z.object({
        id: z.string(),
        about: z.enum(SUBJECT_KINDS),
        severity: severitySchema,
        limit: z.object({ value: z.number(), unit: z.string() }).optional(),
        for: z.string(),
        resolveAfter: z.string(),
        text: words,
        reason: words,
        remedy: words,
      }),
    )
    .max(100),
});
export type AlertCatalogue = z.infer<typeof catalogueSchema>;

/** How a rule stands for one object right now. */
export const standingSchema = z.object({
  rule: z.string(),
  id: z.string(),
  kind: z.enum(SUBJECT_KINDS),
  name: z.string(),
  /** `off`: switched off. `clear`, `pending` (holds, not yet for long enough), `firing`, `unknown` (no data). */
  state: z.enum(['off', 'clear', 'pending', 'firing', 'unknown']),
  severity: severitySchema,
  since: time.optional(),
  limit: z.number().optional(),
  for: z.string(),
  /** What it sees, and why that does or does not fire. */
  why: z.string().max(1_000),
});
export type RuleStanding = z.infer<typeof standingSchema>;

export const alertOrderSchema = z.object({
  order: z.discriminatedUnion('do', [
    z.object({ do: z.literal('test-channel'), channel: z.string() }),
    z.object({ do: z.literal('explain'), task: z.string() }),
  ]),
  by: z.string().max(200),
  at: time,
  answer: z
    .object({
      at: time,
      ok: z.boolean(),
      detail: z.string().max(1_000),
      standings: z.array(standingSchema).max(200).optional(),
    })
    .optional(),
});
export type AlertOrder = z.infer<typeof alertOrderSchema>;

export const unsentSchema = z.object({ alert: alertSchema, channels: z.array(z.string()).max(50) });

export const AVAILABILITY_DAYS = 90;

export const availabilitySchema = z.object({
  /** By UTC day (`2026-11-23`): milliseconds looked at, and of those with a RUNNING instance and a lag within its limit. */
  days: z.record(z.string(), z.tuple([z.number().nonnegative(), z.number().nonnegative()])),
  /** By hours since 1970, the last 26: rows delivered. */
  hours: z.record(z.string(), z.number().nonnegative()),
});
export type Availability = z.infer<typeof availabilitySchema>;
