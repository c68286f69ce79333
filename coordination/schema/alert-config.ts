import { z } from 'zod';
import { durationText } from '../duration.js';
import { secretReference } from './task-spec.js';

/** What operators write for the Monitor: a YAML file, kept in `/alerts/rules`, `/alerts/channels`, `/alerts/maintenance`. */
export const severitySchema = z.enum(['info', 'warning', 'critical']);
export type Severity = z.infer<typeof severitySchema>;
export const SEVERITIES: readonly Severity[] = severitySchema.options;

export const languageSchema = z.enum(['en', 'zh']);
export type Language = z.infer<typeof languageSchema>;

const pattern = z.string().min(1).max(200);
const clock = z.string().regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'a time of the day, 00:00 to 24:00');
const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}

/** A part of the week; one whose end is before its begin goes over midnight and belongs to the day on which it begins. */
export const weekWindowSchema = z.strictObject({
  days: z
    .array(z.enum(DAYS))
    .min(1)
    .default([...DAYS])
    .describe('Days of the week.'),
  from: clock.default('00:00').describe('Begin, local time.'),
  to: clock.default('24:00').describe('End, local time, not included.'),
  timeZone: z.string().refine(isTimeZone, 'a time zone such as Europe/Berlin').default('UTC').describe('Time zone.'),
});
export type WeekWindow = z.infer<typeof weekWindowSchema>;

/** What an alert has to be for a route, a silence or a window to concern it; what is left out matches all. `*` stands for anything. */
export const matcherSchema = z.strictObject({
  rules: z.array(pattern).max(50).optional().describe('Rule ids.'),
  groups: z.array(pattern).max(200).optional().describe('Groups of tasks.'),
  tasks: z.array(pattern).max(200).optional().describe('Tasks; an alert that names several matches by any of them.'),
  objects: z
    .array(pattern)
    .max(200)
    .optional()
    .describe('What the alert is about, as `kind:name`, e.g. `core:core-1`.'),
  severities: z.array(severitySchema).optional().describe('Severities.'),
});
export type Matcher = z.infer<typeof matcherSchema>;

export const overrideSchema = z.strictObject({
  rule: pattern.describe('Rule id; `*` stands for anything.'),
  group: pattern.optional().describe('Only for tasks of this group.'),
  task: pattern.optional().describe('Only for this task.'),
  when: weekWindowSchema.optional().describe('Only in this part of the week.'),
  enabled: z.boolean().optional(),
  severity: severitySchema.optional(),
  limit: z.number().nonnegative().optional().describe('In the unit of the rule.'),
  for: durationText.optional().describe('How long it must hold before it fires.'),
  resolveAfter: durationText.optional().describe('How long it must be over before it counts as over.'),
});
export type RuleOverride = z.infer<typeof overrideSchema>;

export const alertRulesSchema = z.strictObject({
  /** Of two that fit, the later one decides, setting by setting. */
  overrides: z.array(overrideSchema).max(500).default([]),
});
export type AlertRules = z.infer<typeof alertRulesSchema>;

const channelName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,59}$/, 'letters, digits, "_", "." and "-", at most 60');
const httpUrl = z.string().regex(/^https?:\/\/[^\s]+$/, 'an http:// or https:// address');
const secretUrl = z
  .union([httpUrl, secretReference])
  .describe('Address, or a reference to a secret that holds it (addresses of chat robots are secrets).');

const common = {
  name: channelName.describe('Name of the channel.'),
  language: languageSchema.optional().describe('`en` or `zh`; by default that of the file.'),
};
export const channelSchema = z.discriminatedUnion('type', [
  z.strictObject({
    ...common,
    type: z.literal('webhook'),
    url: secretUrl,
    secret: secretReference.optional().describe('Key of the HMAC-SHA256 signature.'),
  }),
  z.strictObject({
    ...common,
    type: z.literal('alertmanager'),
    url: httpUrl.describe('Address of the Alertmanager; `/api/v2/alerts` is added.'),
    user: z.string().optional(),
    password: secretReference.optional(),
  }),
  z.strictObject({ ...common, type: z.literal('slack'), url: secretUrl }),
  z.strictObject({
    ...common,
    type: z.literal('dingtalk'),
    url: secretUrl,
    secret: secretReference.optional().describe('The robot’s secret for signing (SEC…).'),
    mobiles: z.array(z.string()).max(20).default([]).describe('Whom to mention, by telephone number.'),
  }),
  z.strictObject({ ...common, type: z.literal('wecom'), url: secretUrl }),
  z.strictObject({ ...common, type: z.literal('feishu'), url: secretUrl, secret: secretReference.optional() }),
  z.strictObject({
    ...common,
    type: z.literal('pagerduty'),
    routingKey: secretReference.describe('Integration key of an Events API v2 integration.'),
    url: httpUrl.default('https://events.pagerduty.com/v2/enqueue'),
  }),
  z.strictObject({
    ...common,
    type: z.literal('smtp'),
    host: z.string().min(1),
    port: z.int().min(1).max(65535).default(587),
    security: z.enum(['starttls', 'tls', 'none']).default('starttls'),
    user: z.string().optional(),
    password: secretReference.optional(),
    from: z.string().min(3),
    to: z.array(z.string().min(3)).min(1).max(50),
  }),
]);
export type Channel = z.infer<typeof channelSchema>;
export type ChannelType = Channel['type'];

export const routeSchema = z.strictObject({
  match: matcherSchema.default({}),
  channels: z.array(channelName).max(20).describe('Where such alerts go; an empty list sends them nowhere.'),
  repeat: durationText.optional().describe('How soon an alert that nobody acknowledges is told again.'),
  groupWait: durationText.optional().describe('How long to wait for more of the same before the first message.'),
  quiet: z
    .strictObject({ windows: z.array(weekWindowSchema).min(1).max(20), below: severitySchema.default('critical') })
    .optional()
    .describe('Quiet hours: what is below this severity waits.'),
  escalate: z
    .strictObject({ after: durationText, channels: z.array(channelName).min(1).max(20) })
    .optional()
    .describe('Whom to tell as well when nobody has acknowledged by then.'),
  continue: z.boolean().default(false).describe('Whether later routes are looked at too.'),
});
export type Route = z.infer<typeof routeSchema>;

export const alertChannelsSchema = z.strictObject({
  consoleUrl: httpUrl.optional().describe('Address of the console, for links in messages.'),
  language: languageSchema.default('en'),
  channels: z.array(channelSchema).max(50).default([]),
  /** The first that matches decides; without any, all alerts from `warning` on go to all channels. */
  routes: z.array(routeSchema).max(100).default([]),
  repeat: durationText.default('4h'),
  groupWait: durationText.default('300ms'),
  /** Addresses that may be called although they are loopback, link-local or private to the machine. */
  allowAddresses: z
    .array(z.string().regex(/^[0-9a-fA-F.:]+(\/\d{1,3})?$/, 'an address or a range such as 10.0.0.0/8'))
    .max(100)
    .default([]),
  deadMan: z
    .strictObject({ url: secretUrl, every: durationText.default('1m') })
    .optional()
    .describe(
      'Address that is called again and again while a Monitor acts; whoever listens there notices its silence.',
    ),
});
export type AlertChannels = z.infer<typeof alertChannelsSchema>;

export const maintenanceWindowSchema = z
  .strictObject({
    id: z.string().regex(/^[A-Za-z0-9_.-]{1,60}$/),
    match: matcherSchema.default({}),
    reason: z.string().max(500).default(''),
    by: z.string().max(200).default(''),
    once: z.strictObject({ from: z.number().nonnegative(), to: z.number().nonnegative() }).optional(),
    weekly: weekWindowSchema.optional(),
  })
  .refine(({ once, weekly }) => (once === undefined) !== (weekly === undefined), 'either once or weekly');
export type MaintenanceWindow = z.infer<typeof maintenanceWindowSchema>;
export const maintenanceSchema = z.strictObject({ windows: z.array(maintenanceWindowSchema).max(100).default([]) });

/** The file of `mysql-replicator monitor config apply`. */
export const monitorFileSchema = alertChannelsSchema
  .extend({
    rules: z.array(overrideSchema).max(500).default([]).describe('What differs from the limits out of the box.'),
    maintenance: z
      .array(maintenanceWindowSchema)
      .max(100)
      .optional()
      .describe('Left out, the windows stay as they are.'),
  })
  .superRefine((file, context) => {
    const names = new Set<string>();
    file.channels.forEach(({ name }, i) => {
      if (names.has(name)) context.addIssue({ code: 'custom', path: ['channels', i, 'name'], message: 'used twice' });
      names.add(name);
    });
    const known = (list: readonly string[], path: (string | number)[]): void =>
      list.forEach((name, i) => {
        if (!names.has(name)) context.addIssue({ code: 'custom', path: [...path, i], message: `no channel ${name}` });
      });
    file.routes.forEach(({ channels, escalate }, i) => {
      known(channels, ['routes', i, 'channels']);
      known(escalate?.channels ?? [], ['routes', i, 'escalate', 'channels']);
    });
  });
export type MonitorFile = z.infer<typeof monitorFileSchema>;
