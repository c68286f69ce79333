import { randomBytes } from 'node:crypto';
import type { z } from 'zod';
import { lineUp } from './election.js';
import { inParallel } from './in-parallel.js';
import { paths } from './paths.js';
import {
  alertChannelsSchema,
  alertRulesSchema,
  maintenanceSchema,
  type MaintenanceWindow,
  type Matcher,
  type MonitorFile,
} from './schema/alert-config.js';
import {
  alertHistorySchema,
  alertOrderSchema,
  alertSchema,
  availabilitySchema,
  catalogueSchema,
  sentStateSchema,
  silencesSchema,
  type Alert,
  type AlertCatalogue,
  type AlertOrder,
  type Availability,
  type PastAlert,
  type SentState,
  type Silence,
} from './schema/alerts.js';
import { instanceSchema } from './schema/znodes.js';
import { CoordinationError, type Session } from './session.js';
import { createOrFill, createTyped, look, readTyped, writeTyped, type Typed } from './znode.js';

/** What people do with alerts, for the command line and the Server; the Monitor sees it by its watches. */

const AT_ONCE = 16;

/** The open alerts, the worst and newest last told first; those that cannot be read are left out. @throws CoordinationError */
export async function listAlerts(session: Session): Promise<Alert[]> {
  const ids = (await session.children(paths.openAlerts)) ?? [];
  const alerts = await inParallel(ids, AT_ONCE, async (id) => {
    const reading = await look(session, paths.openAlert(id), alertSchema);
    return reading.kind === 'present' ? [reading.value] : [];
  });
  return alerts.flat().sort((a, b) => b.firedAt - a.firedAt || (a.id < b.id ? -1 : 1));
}

/** @throws ZnodeUnreadable, CoordinationError */
export async function readAlert(session: Session, id: string): Promise<Alert | undefined> {
  return (await readTyped(session, paths.openAlert(id), alertSchema))?.value;
}

/** Alerts that are over, oldest first. @throws ZnodeUnreadable, CoordinationError */
export async function readAlertHistory(session: Session): Promise<readonly PastAlert[]> {
  return (await readTyped(session, paths.alertHistory, alertHistorySchema))?.value.entries ?? [];
}

/**
 * Says that somebody is at it: it is not told again, and no second channel is called. Resolves to the alert.
 * @throws CoordinationError `no-node` when no such alert is open
 */
export async function acknowledgeAlert(
  session: Session,
  id: string,
  who: { readonly by: string; readonly note: string },
): Promise<Alert> {
  for (;;) {
    const found = await readTyped(session, paths.openAlert(id), alertSchema);
    if (found === undefined) throw new CoordinationError('no-node', 'no such alert is open', paths.openAlert(id));
    const next: Alert = { ...found.value, acknowledged: { by: who.by, note: who.note, at: Date.now() } };
    try {
      await writeTyped(session, paths.openAlert(id), alertSchema, next, found.stat.version);
      return next;
    } catch (error) {
      if (!(error instanceof CoordinationError) || error.kind !== 'version-conflict') throw error;
    }
  }
}

/** Silences in force or to come; those that are over are left out. @throws ZnodeUnreadable, CoordinationError */
export async function listSilences(session: Session): Promise<readonly Silence[]> {
  const silences = (await readTyped(session, paths.alertSilences, silencesSchema))?.value.silences ?? [];
  return silences.filter(({ until }) => until > Date.now());
}

/** Lets nobody be told of what matches, until then. Those that are over are taken away. @throws CoordinationError, ZodError */
export async function addSilence(
  session: Session,
  wish: { readonly match: Matcher; readonly until: number; readonly reason: string; readonly by: string },
): Promise<Silence> {
  const now = Date.now();
  const silence: Silence = { id: randomBytes(5).toString('hex'), from: now, ...wish };
  await change(session, paths.alertSilences, silencesSchema, ({ silences }) => ({
    silences: [...silences.filter(({ until }) => until > now), silence],
  }));
  return silence;
}

/** @throws CoordinationError `no-node` when there is no such silence */
export async function removeSilence(session: Session, id: string): Promise<void> {
  await change(session, paths.alertSilences, silencesSchema, ({ silences }) => ({
    silences: without(silences, id, 'silence'),
  }));
}

/** @throws ZnodeUnreadable, CoordinationError */
export async function listMaintenance(session: Session): Promise<readonly MaintenanceWindow[]> {
  return (await readTyped(session, paths.alertMaintenance, maintenanceSchema))?.value.windows ?? [];
}

/** Adds a maintenance window, or replaces the one of its id. @throws CoordinationError */
export async function putMaintenance(session: Session, window: MaintenanceWindow): Promise<void> {
  await change(session, paths.alertMaintenance, maintenanceSchema, ({ windows }) => ({
    windows: [...windows.filter(({ id }) => id !== window.id), window],
  }));
}

/** @throws CoordinationError `no-node` when there is no such window */
export async function removeMaintenance(session: Session, id: string): Promise<void> {
  await change(session, paths.alertMaintenance, maintenanceSchema, ({ windows }) => ({
    windows: without(windows, id, 'maintenance window'),
  }));
}

/** Everything that operators have written for the Monitor. @throws ZnodeUnreadable, CoordinationError */
export async function readMonitorConfig(session: Session): Promise<MonitorFile> {
  const [rules, channels, windows] = await Promise.all([
    readTyped(session, paths.alertRules, alertRulesSchema),
    readTyped(session, paths.alertChannels, alertChannelsSchema),
    listMaintenance(session),
  ]);
  return {
    ...(channels?.value ?? alertChannelsSchema.parse({})),
    rules: rules?.value.overrides ?? [],
    ...(windows.length > 0 && { maintenance: [...windows] }),
  };
}

/** Replaces it; what cannot be read is written over. @throws CoordinationError */
export async function writeMonitorConfig(session: Session, file: MonitorFile): Promise<void> {
  const { rules, maintenance, ...channels } = file;
  await overwrite(session, paths.alertRules, alertRulesSchema, { overrides: rules });
  await overwrite(session, paths.alertChannels, alertChannelsSchema, channels);
  if (maintenance !== undefined)
    await overwrite(session, paths.alertMaintenance, maintenanceSchema, { windows: maintenance });
}

/** What a channel was told, its deliveries, and whether it fails; undefined before its first message. @throws ZnodeUnreadable */
export async function readSentState(session: Session, channel: string): Promise<SentState | undefined> {
  return (await readTyped(session, paths.sentState(channel), sentStateSchema))?.value;
}

/** The rules of the Monitor that acts; undefined when none ever has. @throws ZnodeUnreadable, CoordinationError */
export async function readCatalogue(session: Session): Promise<AlertCatalogue | undefined> {
  return (await readTyped(session, paths.alertCatalogue, catalogueSchema))?.value;
}

/** How long a task was well, by day. @throws ZnodeUnreadable, CoordinationError */
export async function readAvailability(session: Session, task: string): Promise<Availability | undefined> {
  return (await readTyped(session, paths.availability(task), availabilitySchema))?.value;
}

/** The Monitors that live, the one that acts first. @throws CoordinationError */
export async function listMonitors(
  session: Session,
): Promise<{ name: string; host: string; acting: boolean; since: number }[]> {
  const { line } = lineUp((await session.children(paths.monitors)) ?? []);
  const monitors = await inParallel(line, AT_ONCE, async ({ node }) => {
    const reading = await look(session, paths.monitor(node), instanceSchema);
    if (reading.kind !== 'present') return [];
    const { core, host, state, since } = reading.value;
    return [{ name: core, host, acting: state === 'RUNNING', since }];
  });
  return monitors.flat();
}

/**
 * Asks the acting Monitor for something and waits for its answer. Resolves to undefined when nobody answers in time: no Monitor runs.
 * @throws CoordinationError
 */
export async function orderMonitor(
  session: Session,
  order: AlertOrder['order'],
  by: string,
  limitMs: number,
): Promise<AlertOrder['answer']> {
  const path = paths.alertOrder(randomBytes(8).toString('hex'));
  await createTyped(session, path, alertOrderSchema, { order, by, at: Date.now() }, 'persistent');
  const end = performance.now() + limitMs;
  let wake = (): void => undefined;
  const unwatch = session.watch(path, 'data', () => wake());
  try {
    while (performance.now() < end) {
      const woken = new Promise<void>((resolve) => (wake = resolve));
      const reading = await look(session, path, alertOrderSchema);
      if (reading.kind === 'present' && reading.value.answer !== undefined) return reading.value.answer;
      const timer = setTimeout(() => wake(), Math.max(0, end - performance.now()));
      await woken;
      clearTimeout(timer);
    }
    return undefined;
  } finally {
    unwatch();
    await session.remove(path);
  }
}

function without<T extends { readonly id: string }>(list: readonly T[], id: string, what: string): T[] {
  const rest = list.filter((one) => one.id !== id);
  if (rest.length === list.length) throw new CoordinationError('no-node', `there is no ${what} ${id}`);
  return rest;
}

async function change<S extends z.ZodType<object>>(
  session: Session,
  path: string,
  schema: S,
  make: (value: z.output<S>) => z.output<S>,
): Promise<void> {
  for (;;) {
    const found: Typed<z.output<S>> | undefined = await readTyped(session, path, schema);
    const next = make(found?.value ?? schema.parse({}));
    try {
      if (found === undefined) await createOrFill(session, path, schema, next);
      else await writeTyped(session, path, schema, next, found.stat.version);
      return;
    } catch (error) {
      const raced =
        error instanceof CoordinationError && ['version-conflict', 'node-exists', 'no-node'].includes(error.kind);
      if (!raced) throw error;
    }
  }
}

async function overwrite<S extends z.ZodType>(
  session: Session,
  path: string,
  schema: S,
  value: z.output<S>,
): Promise<void> {
  const node = await session.read(path);
  if (node === undefined) await createOrFill(session, path, schema, value);
  else await writeTyped(session, path, schema, value, -1);
}
