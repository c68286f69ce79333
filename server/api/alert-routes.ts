import {
  acknowledgeAlert,
  addSilence,
  listAlerts,
  listMaintenance,
  listMonitors,
  listSilences,
  orderMonitor,
  putMaintenance,
  readAlert,
  readAlertHistory,
  readAvailability,
  readCatalogue,
  readMonitorConfig,
  readSentState,
  removeMaintenance,
  removeSilence,
  writeMonitorConfig,
} from '../../coordination/alerts.js';
import { inParallel } from '../../coordination/in-parallel.js';
import type { Channel } from '../../coordination/schema/alert-config.js';
import { alertSchema } from '../../coordination/schema/alerts.js';
import type { App } from '../http/app.js';
import { HttpProblem } from '../http/problem.js';
import type { ServerParts } from '../parts.js';
import {
  acknowledgeBody,
  alertHistory,
  alertList,
  alertParams,
  availability,
  channelList,
  channelParams,
  channelTest,
  explanation,
  maintenanceBody,
  maintenanceList,
  maintenanceParams,
  monitorConfig,
  monitorList,
  ruleCatalogue,
  silenceBody,
  silenceList,
  silenceParams,
} from './schema/alerts.js';
import { taskParams } from './schema/task-list.js';
import { done } from './schema/values.js';

/** The acting Monitor answers within seconds, or there is none; a channel may take 10 s. */
const ANSWER_MS = 15_000;
const CHANNELS_AT_ONCE = 8;
const about = (summary: string) => ({ tags: ['alerts'], summary });

/** Alerts, silences, rules, channels, maintenance: what the Monitor keeps in ZooKeeper. */
export function alertRoutes(app: App, parts: ServerParts): void {
  openAlertRoutes(app, parts);
  silenceRoutes(app, parts);
  ruleRoutes(app, parts);
  channelRoutes(app, parts);
  maintenanceRoutes(app, parts);
}

function openAlertRoutes(app: App, { link }: ServerParts): void {
  const viewer = { role: 'viewer' } as const;
  app.get(
    '/api/v1/alerts',
    { config: viewer, schema: { ...about('Open alerts, newest first.'), response: { 200: alertList } } },
    async () => {
      return { now: Date.now(), alerts: await listAlerts(link.session()) };
    },
  );
  app.get(
    '/api/v1/alerts/history',
    { config: viewer, schema: { ...about('Alerts that are over, oldest first.'), response: { 200: alertHistory } } },
    async () => {
      return { entries: [...(await readAlertHistory(link.session()))] };
    },
  );
  app.get(
    '/api/v1/alerts/:alert',
    { config: viewer, schema: { ...about('One open alert.'), params: alertParams, response: { 200: alertSchema } } },
    async (request) => {
      const { alert } = request.params;
      const found = await readAlert(link.session(), alert);
      if (found === undefined) throw new HttpProblem(404, 'no-alert', `no alert ${alert} is open`);
      return found;
    },
  );
  app.post(
    '/api/v1/alerts/:alert/acknowledge',
    {
      config: { role: 'operator', audit: 'alert.acknowledge' },
      schema: {
        ...about('Say that you are at it.'),
        params: alertParams,
        body: acknowledgeBody,
        response: { 200: alertSchema },
      },
    },
    async (request) => {
      const { alert } = request.params;
      request.audited = { object: `alerts/${alert}`, after: request.body };
      return acknowledgeAlert(link.session(), alert, { by: request.who!.name, note: request.body.note });
    },
  );
  app.get(
    '/api/v1/monitors',
    { config: viewer, schema: { ...about('The Monitors that live; the first acts.'), response: { 200: monitorList } } },
    async () => {
      return { monitors: await listMonitors(link.session()) };
    },
  );
}

function silenceRoutes(app: App, { link }: ServerParts): void {
  app.get(
    '/api/v1/silences',
    { config: { role: 'viewer' }, schema: { ...about('Silences in force.'), response: { 200: silenceList } } },
    async () => {
      return { silences: [...(await listSilences(link.session()))] };
    },
  );
  app.post(
    '/api/v1/silences',
    {
      config: { role: 'operator', audit: 'alert.silence' },
      schema: {
        ...about('Let nobody be told of what matches, until then.'),
        body: silenceBody,
        response: { 200: silenceList },
      },
    },
    async (request) => {
      const silence = await addSilence(link.session(), { ...request.body, by: request.who!.name });
      request.audited = { object: `silences/${silence.id}`, after: silence };
      return { silences: [silence] };
    },
  );
  app.delete(
    '/api/v1/silences/:silence',
    {
      config: { role: 'operator', audit: 'alert.unsilence' },
      schema: { ...about('End a silence.'), params: silenceParams, response: { 200: done } },
    },
    async (request) => {
      request.audited = { object: `silences/${request.params.silence}` };
      await removeSilence(link.session(), request.params.silence);
      return { done: true as const };
    },
  );
}

function ruleRoutes(app: App, { link }: ServerParts): void {
  const viewer = { role: 'viewer' } as const;
  app.get(
    '/api/v1/rules',
    {
      config: viewer,
      schema: {
        ...about('The rules of the acting Monitor, with limits out of the box.'),
        response: { 200: ruleCatalogue },
      },
    },
    async () => {
      return (await readCatalogue(link.session())) ?? { version: '', rules: [] };
    },
  );
  app.get(
    '/api/v1/tasks/:task/rules',
    {
      config: viewer,
      schema: {
        ...about('How every rule stands for a task now, and why it does or does not fire.'),
        params: taskParams,
        response: { 200: explanation },
      },
    },
    async (request) => {
      const { task } = request.params;
      const answer = await orderMonitor(link.session(), { do: 'explain', task }, request.who!.name, ANSWER_MS);
      if (answer === undefined) throw noMonitor();
      if (!answer.ok) throw new HttpProblem(404, 'no-answer', answer.detail);
      return { task, at: answer.at, standings: answer.standings ?? [] };
    },
  );
  app.get(
    '/api/v1/tasks/:task/availability',
    {
      config: viewer,
      schema: { ...about('How long a task was well, by day.'), params: taskParams, response: { 200: availability } },
    },
    async (request) => {
      return { days: (await readAvailability(link.session(), request.params.task))?.days ?? {} };
    },
  );
  app.get(
    '/api/v1/monitor-config',
    {
      config: { role: 'admin' },
      schema: { ...about('Rules that differ, channels, routes.'), response: { 200: monitorConfig } },
    },
    () => {
      return readMonitorConfig(link.session());
    },
  );
  app.put(
    '/api/v1/monitor-config',
    {
      config: { role: 'admin', audit: 'monitor.configure' },
      schema: { ...about('Replace them.'), body: monitorConfig, response: { 200: done } },
    },
    async (request) => {
      request.audited = { object: 'monitor-config' };
      await writeMonitorConfig(link.session(), request.body);
      return { done: true as const };
    },
  );
}

function channelRoutes(app: App, { link }: ServerParts): void {
  app.get(
    '/api/v1/channels',
    {
      config: { role: 'viewer' },
      schema: { ...about('Channels with their deliveries.'), response: { 200: channelList } },
    },
    async () => {
      const session = link.session();
      const { channels } = await readMonitorConfig(session);
      const answers = await inParallel(channels, CHANNELS_AT_ONCE, async (channel) => {
        const sent = await readSentState(session, channel.name);
        return {
          name: channel.name,
          type: channel.type,
          to: whereTo(channel),
          failing: sent?.failing,
          log: sent?.log ?? [],
        };
      });
      return { channels: answers };
    },
  );
  app.post(
    '/api/v1/channels/:channel/test',
    {
      config: { role: 'operator', audit: 'channel.test' },
      schema: {
        ...about('Let the acting Monitor send a test.'),
        params: channelParams,
        response: { 200: channelTest },
      },
    },
    async (request) => {
      const { channel } = request.params;
      request.audited = { object: `channels/${channel}` };
      const answer = await orderMonitor(link.session(), { do: 'test-channel', channel }, request.who!.name, ANSWER_MS);
      if (answer === undefined) throw noMonitor();
      return { ok: answer.ok, detail: answer.detail };
    },
  );
}

function maintenanceRoutes(app: App, { link }: ServerParts): void {
  app.get(
    '/api/v1/maintenance',
    { config: { role: 'viewer' }, schema: { ...about('Maintenance windows.'), response: { 200: maintenanceList } } },
    async () => {
      return { windows: [...(await listMaintenance(link.session()))] };
    },
  );
  app.put(
    '/api/v1/maintenance/:window',
    {
      config: { role: 'operator', audit: 'maintenance.put' },
      schema: {
        ...about('Add or replace one.'),
        params: maintenanceParams,
        body: maintenanceBody,
        response: { 200: done },
      },
    },
    async (request) => {
      const window = { ...request.body, id: request.params.window, by: request.who!.name };
      request.audited = { object: `maintenance/${window.id}`, after: window };
      await putMaintenance(link.session(), window);
      return { done: true as const };
    },
  );
  app.delete(
    '/api/v1/maintenance/:window',
    {
      config: { role: 'operator', audit: 'maintenance.remove' },
      schema: { ...about('Remove one.'), params: maintenanceParams, response: { 200: done } },
    },
    async (request) => {
      request.audited = { object: `maintenance/${request.params.window}` };
      await removeMaintenance(link.session(), request.params.window);
      return { done: true as const };
    },
  );
}

function noMonitor(): HttpProblem {
  return new HttpProblem(409, 'no-monitor', 'no Monitor has answered', {
    remedy: 'start one with: mysql-replicator monitor',
  });
}

function whereTo(channel: Channel): string {
  if (channel.type === 'smtp') return channel.to.join(', ');
  try {
    return new URL(channel.url).host;
  } catch {
    return channel.url; // a reference to a secret
  }
}
