import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { SMTPServer } from 'smtp-server';
import { channelSchema, type Channel } from '../../coordination/schema/alert-config.js';
import type { Alert } from '../../coordination/schema/alerts.js';
import type { Message, Outcome } from '../../monitor/channel/message.js';
import { newSend } from '../../monitor/channel/send.js';
import { cutBytes } from '../../monitor/channel/rendering.js';
import { Receiver } from './receiver.js';

/** Each channel against a real receiver: what it is sent, how it is signed, and how a refusal is told from an answer. */
const AT = Date.parse('2026-11-23T12:00:00Z');
const SECRETS: Readonly<Record<string, string>> = { 'env:KEY': 'SECabc', 'env:PASS': 'horse' };
const send = newSend(async (reference) => {
  const secret = SECRETS[reference];
  if (secret === undefined) throw new Error(`${reference} is not set`);
  return secret;
});
let receiver: Receiver;

before(async () => {
  receiver = await Receiver.open();
});
after(() => receiver.close());

const ALERT: Alert = {
  ...{ id: 'task-lag.task.shop', rule: 'task-lag', kind: 'task', name: 'shop', severity: 'warning', state: 'firing' },
  ...{ since: AT, firedAt: AT, updatedAt: AT, term: 1, group: 'g' },
  ...{ text: 'old words', reason: '', remedy: '', tasks: ['shop'], tasksInAll: 1 },
  facts: { lag: '90.0 s', limit: 60, rate: 5, bytes: '', core: 'core-1' },
};

function message(changes: Partial<Message> = {}): Message {
  return { key: 'k1', kind: 'firing', mayRepeat: false, at: AT, alerts: [ALERT], language: 'en', consoleUrl: 'https://console/', sender: 'mon', ...changes }; // prettier-ignore
}

function channel(parts: object): Channel {
  return channelSchema.parse({ name: 'c', ...parts });
}

async function sent(
  parts: object,
  changes: Partial<Message> = {},
): Promise<{ outcome: Outcome; body: Record<string, unknown>; last: Receiver['received'][number] }> {
  receiver.received.length = 0;
  const outcome = await send(channel(parts), message(changes), ['127.0.0.1'], AbortSignal.timeout(10_000));
  const last = receiver.received.at(-1)!;
  return { outcome, body: JSON.parse(last.body) as Record<string, unknown>, last };
}

test('webhook: signed, with its key, links and words of the language', async () => {
  const { outcome, body, last } = await sent({ type: 'webhook', url: `${receiver.url}/hook`, secret: 'env:KEY' });
  assert.equal(outcome.ok, true);
  const [, seconds = '', mac] =
    /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(last.headers['x-mysql-replicator-signature'])) ?? [];
  assert.equal(mac, createHmac('sha256', 'SECabc').update(`${seconds}.${last.body}`).digest('hex'));
  assert.equal(last.headers['idempotency-key'], 'k1');
  const [alert] = body['alerts'] as Record<string, unknown>[];
  assert.equal(alert!['text'], 'Task shop is 90.0 s behind its source');
  assert.equal(alert!['link'], 'https://console/alerts/task-lag.task.shop');
});

test('dingtalk: timestamp and sign in the address; Chinese; a refusal in the body is one', async () => {
  const { body, last } = await sent({ type: 'dingtalk', url: `${receiver.url}/robot/send?access_token=x`, secret: 'env:KEY', mobiles: ['138'] }, { language: 'zh' }); // prettier-ignore
  const query = new URL(last.path, receiver.url).searchParams;
  assert.equal(query.get('access_token'), 'x');
  assert.equal(
    query.get('sign'),
    createHmac('sha256', 'SECabc')
      .update(`${query.get('timestamp')}\nSECabc`)
      .digest('base64'),
  );
  assert.match((body['markdown'] as { text: string }).text, /任务 shop 落后源库 90\.0 s[^]*@138/);
  receiver.answer = { status: 200, body: '{"errcode":310000,"errmsg":"sign not match"}' };
  const { outcome } = await sent({ type: 'dingtalk', url: `${receiver.url}/` });
  assert.deepEqual(outcome, { ok: false, certain: true, detail: 'refused with 310000: sign not match' });
  receiver.answer = { status: 200, body: '{"errcode":0,"code":0}' };
});

test('wecom: markdown within its 4,096 bytes', async () => {
  const alerts = Array.from({ length: 60 }, (_, i) => ({
    ...ALERT,
    id: `task-lag.task.${i}`,
    tasks: ['长'.repeat(90)],
    tasksInAll: 2,
  }));
  const { outcome, body } = await sent({ type: 'wecom', url: `${receiver.url}/` }, { alerts, language: 'zh' });
  assert.equal(outcome.ok, true);
  assert.ok(Buffer.byteLength((body['markdown'] as { content: string }).content) <= 4_096);
});

test('feishu: signed card', async () => {
  const { outcome, body } = await sent({ type: 'feishu', url: `${receiver.url}/`, secret: 'env:KEY' });
  assert.equal(outcome.ok, true);
  assert.equal(
    body['sign'],
    createHmac('sha256', `${String(body['timestamp'])}\nSECabc`)
      .update('')
      .digest('base64'),
  );
  assert.equal(body['msg_type'], 'interactive');
});

test('slack: text and blocks, its own signs escaped', async () => {
  const alert = { ...ALERT, name: 'a<b>&c' };
  const { outcome, body } = await sent({ type: 'slack', url: `${receiver.url}/` }, { alerts: [alert] });
  assert.equal(outcome.ok, true);
  assert.match(String(body['text']), /\[WARNING\] Task a&lt;b&gt;&amp;c/);
});

test('pagerduty: trigger and resolve of one incident have one key', async () => {
  const parts = { type: 'pagerduty', url: `${receiver.url}/v2/enqueue`, routingKey: 'env:KEY' };
  const begin = await sent(parts);
  const end = await sent(parts, { kind: 'resolved', alerts: [{ ...ALERT, state: 'resolved', resolvedAt: AT + 1 }] });
  assert.deepEqual([begin.body['event_action'], end.body['event_action']], ['trigger', 'resolve']);
  assert.equal(begin.body['dedup_key'], end.body['dedup_key']);
  assert.ok(String(begin.body['dedup_key']).length <= 255);
  assert.equal((begin.body['payload'] as { severity: string }).severity, 'warning');
});

test('alertmanager: v2, with an end in the past when it is over', async () => {
  const { last } = await sent({ type: 'alertmanager', url: receiver.url, user: 'u', password: 'env:PASS' }, { alerts: [{ ...ALERT, state: 'resolved', resolvedAt: AT }] }); // prettier-ignore
  assert.equal(last.path, '/api/v2/alerts');
  assert.equal(last.headers['authorization'], `Basic ${Buffer.from('u:horse').toString('base64')}`);
  const [alert] = JSON.parse(last.body) as { endsAt: string; labels: Record<string, string> }[];
  assert.equal(Date.parse(alert!.endsAt), AT);
  assert.equal(alert!.labels['alertname'], 'task-lag');
});

test('a repetition says that it may be one, on every channel of text', async () => {
  const { last } = await sent({ type: 'slack', url: `${receiver.url}/` }, { mayRepeat: true });
  assert.match(last.body, /may be a repetition: k1/);
});

test('smtp: text and HTML, escaped, with the key as its id', async (t) => {
  const mails: string[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, _session, done) {
      let mail = '';
      stream.setEncoding('utf8').on('data', (part: string) => (mail += part));
      stream.on('end', () => {
        mails.push(mail);
        done();
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const { port } = server.server.address() as AddressInfo;
  const mail = channel({
    type: 'smtp',
    host: '127.0.0.1',
    port,
    security: 'none',
    from: 'm@example.org',
    to: ['a@example.org'],
  });
  const outcome = await send(
    mail,
    message({ alerts: [{ ...ALERT, name: '<script>' }] }),
    ['127.0.0.1'],
    AbortSignal.timeout(10_000),
  );
  assert.equal(outcome.ok, true, outcome.detail);
  assert.match(mails[0]!, /Message-ID: <k1@example\.org>/i);
  assert.match(mails[0]!, /text\/plain[^]*text\/html/);
  assert.doesNotMatch(mails[0]!.slice(mails[0]!.indexOf('text/html')), /<script>/);
});

test('loopback, link-local and metadata addresses are refused before anything is sent, by name and by number', async () => {
  const hosts = ['127.0.0.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]', '169.254.169.254', '[fe80::1]', '0.0.0.0', '[64:ff9b::7f00:1]', '2130706433']; // prettier-ignore
  receiver.received.length = 0;
  for (const host of hosts) {
    const url = `http://${host}:${new URL(receiver.url).port}/`;
    const outcome = await send(channel({ type: 'webhook', url }), message(), [], AbortSignal.timeout(10_000));
    assert.equal(outcome.ok, false, host);
    assert.match(outcome.detail, /address|allowAddresses/, host);
  }
  assert.equal(receiver.received.length, 0);
});

test('no redirect is followed; an error says whether the message can have arrived', async () => {
  const hook = channel({ type: 'webhook', url: receiver.url });
  const outcomeOf = () => send(hook, message(), ['127.0.0.1'], AbortSignal.timeout(10_000));
  receiver.answer = { status: 302, body: '' };
  assert.deepEqual(await outcomeOf(), { ok: false, certain: true, detail: 'answered 302' });
  receiver.answer = { status: 502, body: '' };
  assert.deepEqual(await outcomeOf(), { ok: false, certain: false, detail: 'answered 502' });
  receiver.answer = { status: 200, body: '{}' };
  const closed = channel({ type: 'webhook', url: 'http://127.0.0.1:1/' });
  const refused = await send(closed, message(), ['127.0.0.1'], AbortSignal.timeout(10_000));
  assert.equal(refused.ok === false && refused.certain, true);
});

test('a secret that is missing is told by its reference, never by content', async () => {
  const outcome = await send(channel({ type: 'slack', url: 'env:NOWHERE' }), message(), [], AbortSignal.timeout(1_000));
  assert.deepEqual(outcome, { ok: false, certain: true, detail: 'env:NOWHERE is not set' });
});

test('text is cut between characters', () => {
  assert.ok(Buffer.byteLength(cutBytes('长'.repeat(100), 50)) <= 50);
  assert.equal(cutBytes('short', 50), 'short');
});
