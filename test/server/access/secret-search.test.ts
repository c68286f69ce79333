import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Session } from '../../../coordination/session.js';
import { newRoot, openSession } from '../../coordination/zookeeper-fixture.js';
import { startStack, type Stack } from '../../stack/stack.js';
import { RING, setUp, startAccessServer, type Answer } from './access-fixture.js';

/** None of these may ever come out again. */
const SECRETS = {
  source: 'planted-source-8271',
  sink: 'planted-sink-5519',
  target: 'planted-target-1177',
  edited: 'planted-edit-3302',
  imported: 'planted-import-9948',
  faulty: 'planted-fault-6120',
  typed: 'planted-typed-4483',
  person: 'planted person of 7715',
};
const mysql = (password: string) => ({ host: 'db.example', user: 'repl', password });
const kafka = { brokers: ['kafka.example:9092'], tls: true };
const SHOP = {
  name: 'shop',
  source: { mysql: mysql(SECRETS.source), tables: ['shop.*'] },
  sink: { kafka: { ...kafka, sasl: { mechanism: 'plain', user: 'u', password: SECRETS.sink } } },
};
const COPY = `name: copy
source: { mysql: { host: db.example, user: repl, password: env:SOURCE_PASSWORD }, tables: ["shop.*"] }
sink: { mysql: { host: target.example, user: repl, password: ${SECRETS.target} } }
`;

describe('secrets', { timeout: 120_000 }, () => {
  let stack: Stack;
  before(async () => {
    stack = await startStack({ zookeeper: 1 });
  });
  after(() => stack.stop());

  test('what was planted is in no answer, export, version, refusal, record, log line or znode', async (t) => {
    const servers = `${stack.zookeeper.connectString}${newRoot()}`;
    const server = await startAccessServer(t, { servers, ring: RING });
    const root = await setUp(server);
    const said = new Map<string, string>();
    const send = async (method: string, path: string, body?: unknown, headers = {}): Promise<Answer> => {
      const answer = await root.send(method, path, body, headers);
      said.set(`${method} ${path} ${said.size}`, `${answer.text} ${JSON.stringify([...answer.headers])}`);
      return answer;
    };
    const yaml = { 'content-type': 'application/yaml' };
    assert.equal((await send('POST', '/api/v1/tasks', SHOP)).status, 201);
    assert.equal((await send('POST', '/api/v1/tasks', COPY, yaml)).status, 201);
    // Edited, refused for its version, refused for its faults, brought back, registered over.
    const { version } = (await send('GET', '/api/v1/tasks/shop')).body;
    const edited = { ...SHOP, source: { ...SHOP.source, mysql: mysql(SECRETS.edited) } };
    assert.equal((await send('PUT', '/api/v1/tasks/shop', edited, { 'if-match': '"1"' })).status, 412);
    assert.equal((await send('PUT', '/api/v1/tasks/shop', edited, { 'if-match': `"${String(version)}"` })).status, 200);
    assert.equal((await send('POST', '/api/v1/tasks', SHOP)).status, 409);
    const faulty = { ...SHOP, name: '!', source: { mysql: { ...mysql(SECRETS.faulty), port: 'x' }, tables: [] } };
    assert.equal((await send('POST', '/api/v1/tasks', faulty)).status, 400);
    assert.equal((await send('POST', '/api/v1/tasks', `${COPY}  broken: [${SECRETS.faulty}`, yaml)).status, 400);
    await send('POST', '/api/v1/tasks/check', faulty);
    await send('POST', '/api/v1/tasks/check', edited);
    await send('POST', '/api/v1/sources/tables', { source: mysql(SECRETS.typed) });
    const one = COPY.replace('name: copy', 'name: more').replace(SECRETS.target, SECRETS.imported);
    const many = `${one}---\nname: "!"\nsource: { mysql: { password: ${SECRETS.imported} } }\n`;
    assert.equal((await send('POST', '/api/v1/tasks/import?dryRun=true', many, yaml)).status, 200);
    assert.equal((await send('POST', '/api/v1/tasks/import', many, yaml)).status, 200);
    await send('POST', '/api/v1/users', { name: 'mary', role: 'viewer', password: SECRETS.person });
    await send('POST', '/api/v1/session', { user: 'nobody', password: SECRETS.typed });
    const made = await root.send('POST', '/api/v1/tokens', { name: 'ci', role: 'viewer' });
    const token = String(made.body['text']).split('_')[2]!;
    const now = (await send('GET', '/api/v1/tasks/shop')).body['version'];
    await send('POST', '/api/v1/tasks/shop/versions/1/restore', {}, { 'if-match': `"${String(now)}"` });

    const gets = server.app.routeTable.filter(({ method, url }) => method === 'GET' && !/(live|changes|\*)$/.test(url));
    for (const { url } of gets) {
      for (const task of ['shop', 'copy', 'more']) {
        for (const n of url.includes(':n') ? ['1', '2', '3'] : ['']) {
          await send('GET', url.replace(':task', task).replace(':n', n).replace(/:\w+/, 'nothing'));
        }
      }
    }
    assert.ok(said.size > 60, `${said.size} answers`);
    const exported = await send('GET', '/api/v1/export');
    assert.match(exported.text, /sealed:v1:test:/, 'the tasks are there, their secrets sealed');
    const eye = await openSession(t, servers);
    await readAll(eye, '/', said);
    said.set('the log', server.log());
    const secrets = { ...SECRETS, token, key: Buffer.alloc(32, 7).toString('base64') };
    for (const [where, text] of said) {
      for (const [what, secret] of Object.entries(secrets)) {
        for (const form of [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64').slice(0, -4)]) {
          assert.ok(!text.includes(form), `the ${what} secret is in ${where}`);
        }
      }
    }
    t.diagnostic(`${said.size} texts`);
  });
});

async function readAll(session: Session, path: string, said: Map<string, string>): Promise<void> {
  said.set(path, (await session.read(path))?.data ?? '');
  for (const name of (await session.children(path)) ?? []) {
    await readAll(session, path === '/' ? `/${name}` : `${path}/${name}`, said);
  }
}
