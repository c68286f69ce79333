import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { paths } from '../../../coordination/paths.js';
import { startStack, type Stack } from '../../stack/stack.js';
import { newRoot, openSession } from '../../coordination/zookeeper-fixture.js';
import { addUser, Browser, PASSWORD, RING, setUp, startAccessServer } from './access-fixture.js';

const NEW_PASSWORD = 'another horse, another battery';

describe('sign-in', { timeout: 180_000 }, () => {
  let stack: Stack;
  before(async () => {
    stack = await startStack({ zookeeper: 1 });
  });
  after(() => stack.stop());
  const newServers = (): string => `${stack.zookeeper.connectString}${newRoot()}`;

  test('the first administrator: two Servers start at once, both links work, one is used, then none', async (t) => {
    const servers = newServers();
    const [a, b] = await Promise.all([startAccessServer(t, { servers }), startAccessServer(t, { servers })]);
    const [codeA, codeB] = await Promise.all([a.setupCode, b.setupCode]);
    assert.notEqual(codeA, codeB);
    const browser = new Browser(b.address);
    assert.equal((await browser.get('/api/v1/sign-in')).body['setupNeeded'], true);
    const wrong = await browser.send('POST', '/api/v1/setup', {
      code: 'x'.repeat(32),
      user: 'root',
      password: PASSWORD,
    });
    assert.deepEqual([wrong.status, wrong.body['code']], [403, 'setup-code-wrong']);
    const weak = await browser.send('POST', '/api/v1/setup', { code: codeB, user: 'root', password: 'rootrootroot' });
    assert.deepEqual([weak.status, weak.body['code']], [422, 'password-weak']);
    // Both at the same time, each at the other's Server.
    const two = await Promise.all([
      browser.send('POST', '/api/v1/setup', { code: codeA, user: 'root', password: PASSWORD }),
      new Browser(a.address).send('POST', '/api/v1/setup', { code: codeB, user: 'evil', password: PASSWORD }),
    ]);
    assert.deepEqual(two.map(({ status }) => status).sort(), [200, 409]);
    const late = await browser.send('POST', '/api/v1/setup', { code: codeA, user: 'third', password: PASSWORD });
    assert.deepEqual([late.status, late.body['code']], [409, 'setup-over']);
    assert.equal((await browser.get('/api/v1/sign-in')).body['setupNeeded'], false);
    const eye = await openSession(t, servers);
    assert.equal((await eye.children(paths.users))?.length, 1);
    for (const code of [codeA, codeB]) {
      assert.doesNotMatch(a.log() + b.log(), new RegExp(code));
      assert.doesNotMatch((await eye.read(paths.setup))?.data ?? '', new RegExp(code));
    }
  });

  test('a session works on every Server, survives a restart, and its cookie is http-only and same-site', async (t) => {
    const servers = newServers();
    const first = await startAccessServer(t, { servers });
    const browser = await setUp(first);
    const answer = await browser.signIn('root', PASSWORD);
    const [cookie = ''] = answer.headers.getSetCookie();
    assert.match(cookie, /^mysql_replicator_session=[\w.-]+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=604800$/);
    const second = await startAccessServer(t, { servers });
    const elsewhere = new Browser(second.address);
    elsewhere.cookies.set('mysql_replicator_session', browser.cookies.get('mysql_replicator_session')!);
    assert.equal((await elsewhere.get('/api/v1/session')).body['name'], 'root');
    await first.close();
    const again = await startAccessServer(t, { servers });
    const later = new Browser(again.address);
    later.cookies.set('mysql_replicator_session', browser.cookies.get('mysql_replicator_session')!);
    assert.equal((await later.get('/api/v1/session')).status, 200);
    // Revoked on one Server, it is worth nothing on the other.
    assert.equal((await later.send('DELETE', '/api/v1/session')).status, 200);
    await until401(elsewhere);
    const forged = new Browser(second.address);
    for (const value of [
      `${'A'.repeat(22)}.${'B'.repeat(43)}.x.y`,
      browser.cookies.get('mysql_replicator_session')!.replace(/.$/, 'A'),
      '',
    ]) {
      forged.cookies.set('mysql_replicator_session', value);
      assert.equal((await forged.get('/api/v1/session')).status, 401);
    }
  });

  test('sessions are listed and revoked, one and all; a new password ends every other', async (t) => {
    const server = await startAccessServer(t, { servers: newServers() });
    const root = await setUp(server);
    const mary = await addUser(root, 'mary', 'operator');
    const phone = new Browser(server.address);
    await phone.signIn('mary', PASSWORD);
    const list = (await mary.get('/api/v1/sessions')).body['sessions'] as {
      id: string;
      current: boolean;
      user: string;
    }[];
    assert.equal(list.length, 2);
    assert.ok(list.every(({ user }) => user === 'mary'));
    const other = list.find(({ current }) => !current)!;
    assert.equal((await mary.get('/api/v1/sessions?user=*')).status, 403);
    assert.equal((await mary.send('DELETE', `/api/v1/sessions/${other.id}`)).status, 200);
    await until401(phone);

    await phone.signIn('mary', PASSWORD);
    const wrong = await mary.send('PUT', '/api/v1/session/password', { password: 'no', newPassword: NEW_PASSWORD });
    assert.deepEqual([wrong.status, wrong.body['code']], [403, 'password-wrong']);
    const changed = await mary.send('PUT', '/api/v1/session/password', {
      password: PASSWORD,
      newPassword: NEW_PASSWORD,
    });
    assert.equal(changed.status, 200);
    assert.equal((await mary.get('/api/v1/session')).status, 200);
    await until401(phone);
    assert.equal((await phone.signIn('mary', PASSWORD)).status, 401);
    assert.equal((await phone.signIn('mary', NEW_PASSWORD)).status, 200);

    assert.equal((await root.send('DELETE', '/api/v1/sessions?user=mary')).body['ended'], 2);
    await until401(phone);
    await until401(mary);
    assert.equal((await root.get('/api/v1/session')).status, 200);
  });

  test('a user is changed and removed, but never the last administrator, also not two at once', async (t) => {
    const servers = newServers();
    const server = await startAccessServer(t, { servers });
    const other = await startAccessServer(t, { servers });
    const root = await setUp(server);
    for (const [method, body] of [['DELETE'], ['PATCH', { role: 'operator' }]] as const) {
      const answer = await root.send(method, '/api/v1/users/root', body);
      assert.deepEqual([answer.status, answer.body['code']], [409, 'last-admin']);
    }
    const ann = await addUser(root, 'ann', 'admin');
    const far = new Browser(other.address);
    far.cookies.set('mysql_replicator_session', ann.cookies.get('mysql_replicator_session')!);
    const both = await Promise.all([
      root.send('DELETE', '/api/v1/users/ann'),
      far.send('PATCH', '/api/v1/users/root', { role: 'viewer' }),
    ]);
    const done = both.filter(({ status }) => status === 200);
    assert.ok(done.length <= 1, both.map(({ text }) => text).join());
    const eye = await openSession(t, servers);
    const roles = await Promise.all(
      ((await eye.children(paths.users)) ?? []).map(async (name) => (await eye.read(paths.user(name)))?.data ?? ''),
    );
    assert.ok(roles.some((data) => data.includes('"admin"')));
  });

  test('a role that is taken away counts at once', async (t) => {
    const server = await startAccessServer(t, { servers: newServers() });
    const root = await setUp(server);
    const ann = await addUser(root, 'ann', 'admin');
    assert.equal((await ann.get('/api/v1/users')).status, 200);
    assert.equal((await root.send('PATCH', '/api/v1/users/ann', { role: 'viewer' })).status, 200);
    while ((await ann.get('/api/v1/users')).status !== 403);
    assert.equal((await root.send('DELETE', '/api/v1/users/ann')).status, 200);
    await until401(ann);
  });

  test('the keys that sign sessions are sealed where there is a secrets key', async (t) => {
    const servers = newServers();
    const server = await startAccessServer(t, { servers, ring: RING });
    const browser = await setUp(server);
    const eye = await openSession(t, servers);
    assert.match((await eye.read(paths.sessionKeys))!.data, /"key":"sealed:v1:test:/);
    const again = await startAccessServer(t, { servers, ring: RING });
    const later = new Browser(again.address);
    later.cookies.set('mysql_replicator_session', browser.cookies.get('mysql_replicator_session')!);
    assert.equal((await later.get('/api/v1/session')).status, 200);
  });

  test('what another site makes a browser send is refused', async (t) => {
    const server = await startAccessServer(t, { servers: newServers() });
    const root = await setUp(server);
    const body = { name: 'eve', role: 'admin', password: PASSWORD };
    const evil = new Browser(server.address, 'https://evil.example');
    evil.cookies.set('mysql_replicator_session', root.cookies.get('mysql_replicator_session')!);
    const foreign = await evil.send('POST', '/api/v1/users', body);
    assert.deepEqual([foreign.status, foreign.body['code']], [403, 'cross-site']);
    const nameless = new Browser(server.address, 'null');
    nameless.cookies.set('mysql_replicator_session', root.cookies.get('mysql_replicator_session')!);
    assert.equal((await nameless.send('POST', '/api/v1/users', body)).status, 403);
    assert.equal((await evil.signIn('root', PASSWORD)).status, 403);
    const form = await root.send('POST', '/api/v1/users', 'name=eve', {
      'content-type': 'application/x-www-form-urlencoded',
    });
    assert.equal(form.status, 415);
    const text = await root.send('POST', '/api/v1/users', JSON.stringify(body), { 'content-type': 'text/plain' });
    assert.equal(text.status, 415);
    assert.equal((await root.get('/api/v1/users')).text.includes('eve'), false);
  });

  test('strict headers with every answer, refusals too', async (t) => {
    const server = await startAccessServer(t, { servers: newServers() });
    const browser = new Browser(server.address);
    for (const path of ['/api/v1/sign-in', '/api/v1/session', '/nowhere', '/livez']) {
      const { headers } = await browser.get(path);
      assert.match(headers.get('content-security-policy') ?? '', /script-src 'self';.*frame-ancestors 'none'/, path);
      assert.doesNotMatch(headers.get('content-security-policy')!, /script-src[^;]*unsafe/);
      assert.equal(headers.get('x-content-type-options'), 'nosniff', path);
      assert.equal(headers.get('referrer-policy'), 'no-referrer', path);
      assert.equal(headers.get('strict-transport-security'), null, path);
    }
    assert.equal((await browser.get('/api/v1/session')).headers.get('cache-control'), 'no-store');
  });

  test('after many failures it says when to try again, and the right one is let in elsewhere', async (t) => {
    const file = { trustProxy: '127.0.0.1' };
    const server = await startAccessServer(t, { servers: newServers(), file });
    const root = await setUp(server);
    const from = (address: string) => (user: string, password: string) =>
      root.send('POST', '/api/v1/session', { user, password }, { 'x-forwarded-for': address });
    const attacker = from('203.0.113.9');
    const tries: number[] = [];
    for (let i = 0; i < 7; i++) tries.push((await attacker('root', 'wrong')).status);
    assert.deepEqual(tries.slice(0, 5), [401, 401, 401, 401, 401]);
    const refused = await attacker('root', PASSWORD);
    assert.equal(refused.status, 429);
    assert.ok(Number(refused.headers.get('retry-after')) >= 1);
    assert.match(String(refused.body['detail']), /try again in \d+ s/);
    assert.equal((await from('198.51.100.7')('root', PASSWORD)).status, 200);
  });

  test('every control action is in the audit, with who, from where, before and after, and no secret', async (t) => {
    const servers = newServers();
    const server = await startAccessServer(t, { servers });
    const root = await setUp(server);
    await addUser(root, 'mary', 'operator');
    await root.send('PATCH', '/api/v1/users/mary', { role: 'viewer', password: NEW_PASSWORD });
    await new Browser(server.address).signIn('mary', 'a wrong one, of course');
    const { records } = (await root.get('/api/v1/audit')).body as { records: Record<string, unknown>[] };
    assert.deepEqual(
      records.map(({ sequence, action, object, who, outcome }) => [sequence, action, object, who, outcome]),
      [
        [4, 'user.change', 'users/mary', 'root', 'done'],
        [3, 'session.begin', 'users/mary', 'mary', 'done'],
        [2, 'user.create', 'users/mary', 'root', 'done'],
        [1, 'session.begin', 'users/root', 'root', 'done'],
      ],
    );
    assert.deepEqual(records[0]!['before'], { role: 'operator' });
    assert.equal(records[0]!['from'], '127.0.0.1');
    const some = (await root.get('/api/v1/audit?action=user.&who=ROOT&limit=1')).body['records'] as unknown[];
    assert.equal(some.length, 1);
    assert.match(server.log(), /"action":"session.begin","object":"users\/mary","outcome":"refused"/);
    for (const secret of [PASSWORD, NEW_PASSWORD, 'a wrong one']) assert.ok(!server.log().includes(secret));
    const viewer = new Browser(server.address);
    await viewer.signIn('mary', NEW_PASSWORD);
    assert.equal((await viewer.get('/api/v1/audit')).status, 403);
  });
});

/** A revocation is known to another Server by a watch: soon, not at once. */
async function until401(browser: Browser): Promise<void> {
  const end = Date.now() + 5000;
  while ((await browser.get('/api/v1/session')).status !== 401) assert.ok(Date.now() < end, 'still signed in');
}
