import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alertChannelsSchema, type AlertChannels } from '../../coordination/schema/alert-config.js';
import type { Alert, Delivery, SentState } from '../../coordination/schema/alerts.js';
import { settled } from '../../monitor/notify/courier.js';
import { isSettled, planChannel } from '../../monitor/notify/plan.js';
import type { Policy } from '../../monitor/notify/routing.js';

/** Who hears what and when, on a clock that the test turns. */
const T0 = Date.parse('2026-11-23T12:00:00Z'); // a Monday
const NONE: SentState = { term: 1, told: {}, log: [] };

function alert(name: string, changes: Partial<Alert> = {}): Alert {
  return {
    ...{ id: `task-lag.task.${name}`, rule: 'task-lag', kind: 'task', name, severity: 'warning', state: 'firing' },
    ...{
      since: T0,
      firedAt: T0,
      updatedAt: T0,
      term: 1,
      text: '',
      reason: '',
      remedy: '',
      facts: {},
      tasks: [name],
      tasksInAll: 1,
    },
    ...changes,
  };
}

class Desk {
  readonly config: AlertChannels;
  readonly sent = new Map<string, SentState>();
  readonly alerts = new Map<string, Alert>();
  policy: Policy;

  constructor(config: object) {
    this.config = alertChannelsSchema.parse(config);
    this.policy = { channels: this.config, silences: [], maintenance: [] };
  }

  put(...alerts: Alert[]): this {
    for (const one of alerts) this.alerts.set(one.id, one);
    return this;
  }

  /** What a channel would be sent, and when it is to be looked at again. */
  plan(name: string, at: number, explained: string[] = []) {
    const channel = this.config.channels.find((one) => one.name === name)!;
    const sent = this.sent.get(name) ?? NONE;
    return planChannel({ channel, sent, alerts: this.alerts, policy: this.policy, explained: new Set(explained), at });
  }

  /** Sends what is due and notes what became of it. `names` of the alerts, or nothing. */
  send(name: string, at: number, outcome: 'ok' | 'refused' | 'lost' = 'ok'): string {
    const { flight } = this.plan(name, at);
    if (flight === undefined) return '';
    const delivery = { key: flight.key, kind: flight.kind, at, alerts: 1, names: [], attempt: 1, mayRepeat: false, ok: outcome === 'ok', ms: 1, detail: 'x' } satisfies Delivery; // prettier-ignore
    const result =
      outcome === 'ok'
        ? { ok: true as const, detail: 'x' }
        : { ok: false as const, certain: outcome === 'refused', detail: 'x' };
    this.sent.set(name, settled(this.sent.get(name) ?? NONE, flight, result, delivery, false));
    const mark = flight.mayRepeat ? '?' : '';
    return `${flight.kind}${mark} ${flight.items.map(({ id }) => id.split('.')[2]).join(' ')}`;
  }
}

const HOOK = { type: 'webhook', name: 'hook', url: 'https://example.org/' };
const CHAT = { type: 'slack', name: 'chat', url: 'https://example.org/' };

test('what begins together goes together; what is over is told once to who was told', () => {
  const desk = new Desk({ channels: [HOOK] }).put(alert('a'));
  assert.equal(desk.plan('hook', T0).dueAt, T0 + 300);
  desk.put(alert('b', { firedAt: T0 + 200 }));
  assert.equal(desk.send('hook', T0 + 300), 'firing a b');
  assert.equal(desk.send('hook', T0 + 1_000), '');
  desk.put(
    alert('a', { state: 'resolved', resolvedAt: T0 + 5_000 }),
    alert('c', { state: 'resolved', resolvedAt: T0 + 5_000 }),
  );
  assert.equal(desk.send('hook', T0 + 5_300), 'resolved a');
  assert.equal(desk.send('hook', T0 + 9_000), '');
  assert.equal(isSettled(desk.alerts.get('task-lag.task.a')!, desk.sent.values()), true);
});

test('told again every four hours, unless somebody has acknowledged; a worse severity at once', () => {
  const desk = new Desk({ channels: [HOOK] }).put(alert('a'));
  desk.send('hook', T0 + 300);
  const again = T0 + 300 + 4 * 3_600_000;
  assert.equal(desk.send('hook', again - 1), '');
  assert.equal(desk.send('hook', again), 'repeat a');
  const acknowledged = { by: 'me', at: again, note: '' };
  desk.put(alert('a', { acknowledged }));
  assert.equal(desk.plan('hook', again + 9e7).flight, undefined);
  desk.put(alert('a', { acknowledged, severity: 'critical' }));
  assert.equal(desk.send('hook', again + 9e7), 'firing a');
});

test('nobody acknowledges: the second channel hears of it; acknowledged in time, it does not', () => {
  const routes = [{ channels: ['hook'], escalate: { after: '10m', channels: ['chat'] } }];
  const desk = new Desk({ channels: [HOOK, CHAT], routes }).put(
    alert('a'),
    alert('b', { acknowledged: { by: 'me', at: T0, note: '' } }),
  );
  assert.equal(desk.send('hook', T0 + 300), 'firing a b');
  assert.equal(desk.plan('chat', T0 + 300).dueAt, T0 + 600_000);
  assert.equal(desk.send('chat', T0 + 600_000), 'firing a');
});

test('routes by severity, group, task and rule; the first decides; what matches none goes to all', () => {
  const routes = [
    { match: { severities: ['critical'] }, channels: ['hook', 'chat'] },
    { match: { groups: ['quiet*'] }, channels: [] },
    { match: { tasks: ['a'] }, channels: ['chat'] },
  ];
  const desk = new Desk({ channels: [HOOK, CHAT], routes });
  desk.put(
    alert('a'),
    alert('b'),
    alert('c', { severity: 'critical' }),
    alert('d', { group: 'quiet-1' }),
    alert('e', { severity: 'info' }),
  );
  assert.equal(desk.send('hook', T0 + 300), 'firing c b');
  assert.equal(desk.send('chat', T0 + 300), 'firing c a b');
});

test('quiet hours hold back what is not critical, until they are over', () => {
  const quiet = { windows: [{ days: ['mon'], from: '20:00', to: '06:00', timeZone: 'Asia/Shanghai' }] }; // from 12:00 UTC on
  const desk = new Desk({ channels: [HOOK], routes: [{ channels: ['hook'], quiet }] }).put(
    alert('a'),
    alert('b', { severity: 'critical' }),
  );
  assert.equal(desk.send('hook', T0 + 300), 'firing b');
  assert.equal(desk.send('hook', T0 + 3_600_000), '');
  assert.equal(desk.send('hook', T0 + 10 * 3_600_000), 'firing a');
});

test('silences and maintenance hold back; the end is told all the same to who knows of the begin', () => {
  const desk = new Desk({ channels: [HOOK] }).put(alert('a'));
  desk.send('hook', T0 + 300);
  desk.put(alert('b'));
  const silence = { id: 's', match: { tasks: ['*'] }, from: T0, until: T0 + 60_000, reason: '', by: '' };
  desk.policy = { ...desk.policy, silences: [silence] };
  assert.equal(desk.send('hook', T0 + 1_000), '');
  desk.put(alert('a', { state: 'resolved', resolvedAt: T0 + 2_000 }));
  assert.equal(desk.send('hook', T0 + 3_000), 'resolved a');
  assert.equal(desk.send('hook', T0 + 60_000), 'firing b');
  const window = { id: 'm', match: {}, reason: '', by: '', once: { from: T0, to: T0 + 90_000 } };
  desk.put(alert('c')).policy = { ...desk.policy, silences: [], maintenance: [window] };
  assert.equal(desk.send('hook', T0 + 89_000), '');
  assert.equal(desk.send('hook', T0 + 90_000), 'firing c');
});

test('what another explains is not told; told once, its end is', () => {
  const desk = new Desk({ channels: [HOOK] }).put(alert('a'));
  assert.equal(desk.plan('hook', T0 + 300, ['task-lag.task.a']).flight, undefined);
});

test('refused for certain: planned anew, later and later, with what has come meanwhile; not certain: the very same, marked', () => {
  const desk = new Desk({ channels: [HOOK] }).put(alert('a'));
  const { flight: first } = desk.plan('hook', T0 + 300);
  assert.equal(desk.send('hook', T0 + 300, 'refused'), 'firing a');
  assert.equal(desk.plan('hook', T0 + 400).dueAt, T0 + 1_300);
  desk.put(alert('b'));
  assert.equal(desk.send('hook', T0 + 1_300, 'lost'), 'firing a b');
  assert.equal(desk.plan('hook', T0 + 1_400).dueAt, T0 + 3_300);
  desk.put(alert('c'));
  const { flight: again } = desk.plan('hook', T0 + 3_300);
  assert.equal(again?.mayRepeat, true);
  assert.notEqual(again.key, first?.key);
  assert.equal(desk.send('hook', T0 + 3_300), 'firing? a b');
  assert.equal(desk.send('hook', T0 + 3_400), 'firing c');
});

test('an alert that fires again before its end was told never ended', () => {
  const desk = new Desk({ channels: [HOOK] }).put(alert('a'));
  desk.send('hook', T0 + 300);
  desk.put(alert('a', { state: 'resolved', resolvedAt: T0 + 5_000 })).put(alert('a'));
  assert.equal(desk.send('hook', T0 + 6_000), '');
});

test('pagerduty hears of one alert at a time, the worst first; an Alertmanager every minute', () => {
  const desk = new Desk({
    channels: [
      { type: 'pagerduty', name: 'pager', routingKey: 'env:KEY' },
      { type: 'alertmanager', name: 'am', url: 'http://am:9093' },
    ],
  }).put(alert('a'), alert('b', { severity: 'critical' }));
  assert.equal(desk.send('pager', T0 + 300), 'firing b');
  assert.equal(desk.send('pager', T0 + 301), 'firing a');
  assert.equal(desk.send('am', T0 + 300), 'firing b a');
  assert.equal(desk.send('am', T0 + 60_300), 'repeat b a');
});

test('a channel that fails does not hear of it itself', () => {
  const failing = alert('chat', {
    id: 'channel-failing.channel.chat',
    rule: 'channel-failing',
    kind: 'channel',
    tasks: [],
  });
  const desk = new Desk({ channels: [HOOK, CHAT] }).put(failing);
  assert.equal(desk.send('chat', T0 + 300), '');
  assert.equal(desk.send('hook', T0 + 300), 'firing chat');
});
