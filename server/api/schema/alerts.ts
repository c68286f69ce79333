import { z } from 'zod';
import {
  channelSchema,
  maintenanceWindowSchema,
  matcherSchema,
  monitorFileSchema,
} from '../../../coordination/schema/alert-config.js';
import {
  alertHistorySchema,
  alertSchema,
  availabilitySchema,
  catalogueSchema,
  sentStateSchema,
  silenceSchema,
  standingSchema,
} from '../../../coordination/schema/alerts.js';
import { time } from './values.js';

/** Alerts as the console and scripts see them; the Monitor writes them, the Server only reads and orders. */
export const alertParams = z.object({ alert: z.string().min(1).max(200).regex(/^[A-Za-z0-9_.-]+$/) }); // prettier-ignore
export const alertList = z.object({ now: time, alerts: z.array(alertSchema) });
export type AlertList = z.infer<typeof alertList>;
export const alertHistory = alertHistorySchema;
export const acknowledgeBody = z.object({ note: z.string().max(1_000).default('') });

export const silenceBody = z
  .object({ match: matcherSchema, until: time, reason: z.string().max(500).default('') })
  .refine(({ match }) => Object.keys(match).length > 0, 'a silence needs something to match');
export const silenceList = z.object({ silences: z.array(silenceSchema) });
export const silenceParams = z.object({ silence: z.string().regex(/^[A-Za-z0-9_.-]{1,60}$/) });

export const ruleCatalogue = catalogueSchema;
export const explanation = z.object({ task: z.string(), at: time, standings: z.array(standingSchema) });

export const channelParams = z.object({ channel: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,59}$/) });
/** Addresses of chat robots are secrets: where one is written out, only its host is shown. */
export const channelAnswer = z.object({
  name: z.string(),
  type: z.enum(channelSchema.options.map((option) => option.shape.type.value)),
  to: z.string().describe('Host or receivers, without what may be a secret.'),
  failing: sentStateSchema.shape.failing,
  log: sentStateSchema.shape.log.describe('Deliveries, newest last.'),
});
export const channelList = z.object({ channels: z.array(channelAnswer) });
export const channelTest = z.object({ ok: z.boolean(), detail: z.string() });

export const maintenanceList = z.object({ windows: z.array(maintenanceWindowSchema) });
export const maintenanceBody = maintenanceWindowSchema;
export const maintenanceParams = z.object({ window: z.string().regex(/^[A-Za-z0-9_.-]{1,60}$/) });

export const monitorConfig = monitorFileSchema;
export const availability = availabilitySchema.pick({ days: true });
export const monitorList = z.object({
  monitors: z.array(z.object({ name: z.string(), host: z.string(), acting: z.boolean(), since: time })),
});
