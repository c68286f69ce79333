import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { paths } from '../../../coordination/paths.js';
import { signedInSchema, tokenSchema, ROLES, type Role } from '../../../coordination/schema/access.js';
import { readTyped, writeTyped } from '../../../coordination/znode.js';
import { createToken } from '../../../server/access/tokens.js';
import { roleSuffices, type RouteRole } from '../../../server/access/port.js';
import { startStack, type Stack } from '../../stack/stack.js';
import { newRoot, openSession } from '../../coordination/zookeeper-fixture.js';
import { addUser, Browser, setUp, startAccessServer, type AccessServer } from './access-fixture.js';

interface Route {
  readonly method: string;
  readonly url: string;
  readonly role: RouteRole;
}

/** The Server's own table, so that a new route is looked at without anybody thinking of it. */
function routesOf(server: AccessServer): readonly Route[] {
  return server.app.routeTable;
}

/** A path of the route that names nothing that is there, so that what is let through changes nothing. */
function pathOf({ url }: Route): string {
  return url
    .replace(':session', 'A'.repeat(22))
    .replace(':token', 'f'.repeat(16))
    .replace(/:[A-Za-z]+/g, 'nothing-there');
}

describe('every route × every role', { timeout: 240_000 }, () => {
  let stack: Stack;
  before(async () => {
    stack = await startStack({ zookeeper: 1 });
  });
  after(() => stack.stop());

  test('none, expired, revoked and wrong credentials get nowhere; a role gets where it suffices, and no further', async (t) => {
    const servers = `${stack.zookeeper.connectString}${newRoot()}`;
    const server = await startAccessServer(t, { servers });
    const root = await setUp(server);
    const eye = await openSession(t, servers);
    const now = Date.now();
    const make = async (role: Role, expiresAt?: number): Promise<string> => {
      return (await createToken(eye, { name: role, role, createdBy: 'test', expiresAt }, now)).text;
    };
    const gone = await createToken(eye, { name: 'gone', role: 'admin', createdBy: 'test' }, now);
    assert.equal((await root.send('DELETE', `/api/v1/tokens/${gone.token.id}`)).status, 200);
    const good = await make('admin');
    const bearer = (text: string): Record<string, string> => ({ authorization: `Bearer ${text}` });
    const lapsed = await addUser(root, 'lapsed', 'admin');
    const ended = await addUser(root, 'ended', 'admin');
    const cookieOf = (browser: Browser): string => browser.cookies.get('mysql_replicator_session')!;
    const node = paths.session(cookieOf(lapsed).split('.')[0]!);
    const session = await readTyped(eye, node, signedInSchema);
    await writeTyped(eye, node, signedInSchema, { ...session!.value, createdAt: 1, seenAt: 1 }, -1);
    assert.equal((await root.send('DELETE', '/api/v1/sessions?user=ended')).body['ended'], 1);
    for (const browser of [lapsed, ended]) while ((await browser.get('/api/v1/session')).status !== 401);
    const nobodies: Record<string, Record<string, string>> = {
      none: {},
      'expired token': bearer(await make('admin', now - 1)),
      'revoked token': bearer(gone.text),
      'token with another secret': bearer(good.replace(/.{5}$/, 'AAAAA')),
      'no token at all': bearer('mrt_nonsense'),
      'other scheme': { authorization: `Basic ${Buffer.from('root:x').toString('base64')}` },
      'expired session': { cookie: `mysql_replicator_session=${cookieOf(lapsed)}`, origin: server.address },
      'revoked session': { cookie: `mysql_replicator_session=${cookieOf(ended)}`, origin: server.address },
      'empty cookie': { cookie: 'mysql_replicator_session=' },
      'forged cookie': {
        cookie: `mysql_replicator_session=${'A'.repeat(22)}.${'B'.repeat(43)}.0000.${'C'.repeat(43)}`,
      },
    };
    const sessions = new Map<Role, Browser>([['viewer', await addUser(root, 'v', 'viewer')]]);
    sessions.set('operator', await addUser(root, 'o', 'operator'));
    sessions.set('admin', root);
    const tokens = new Map<Role, string>();
    for (const role of ROLES) tokens.set(role, await make(role));
    const anonymous = new Browser(server.address, undefined);

    const routes = routesOf(server);
    assert.ok(routes.length > 40, `${routes.length} routes`);
    let asked = 0;
    for (const route of routes) {
      const { role: wanted } = route;
      if (wanted === 'public') continue;
      const name = `${route.method} ${route.url}`;
      const path = pathOf(route);
      for (const [what, headers] of Object.entries(nobodies)) {
        const { status, body } = await anonymous.send(route.method, path, undefined, headers);
        assert.equal(status, 401, `${name} with ${what}`);
        if (route.method !== 'HEAD') assert.equal(body['code'], 'not-signed-in', name);
        asked++;
      }
      for (const role of ROLES) {
        if (roleSuffices(role, wanted)) continue;
        const byToken = await anonymous.send(route.method, path, undefined, bearer(tokens.get(role)!));
        assert.equal(byToken.status, 403, `${name} with a ${role}'s token`);
        if (route.method !== 'HEAD') assert.equal(byToken.body['code'], 'role-too-low', name);
        const bySession = await sessions.get(role)!.send(route.method, path);
        assert.equal(bySession.status, 403, `${name} as ${role}`);
        if (route.method !== 'HEAD') assert.equal(bySession.body['code'], 'role-too-low', name);
        asked += 2;
      }
      // What ends the session or never ends is left out here.
      if (route.url.endsWith('/live') || route.url.endsWith('/changes')) continue;
      for (const role of ROLES.filter((role) => roleSuffices(role, wanted))) {
        const { status, body } = await anonymous.send(route.method, path, undefined, bearer(tokens.get(role)!));
        assert.ok(status !== 401 && body['code'] !== 'role-too-low', `${name} with a ${role}'s token: ${status}`);
        asked++;
      }
    }
    t.diagnostic(`${asked} requests`);
  });

  test('a token of some tasks or a group may ask for those alone', async (t) => {
    const servers = `${stack.zookeeper.connectString}${newRoot()}`;
    const server = await startAccessServer(t, { servers });
    await setUp(server);
    const eye = await openSession(t, servers);
    const spec = (name: string, group: string): string =>
      JSON.stringify({
        name,
        group,
        instances: 1,
        source: { mysql: { host: 'db', user: 'u' }, tables: ['a.b'] },
        sink: { kafka: { brokers: ['k:9092'] } },
      });
    await eye.create(paths.task('shop_a'), spec('shop_a', 'shop'), 'persistent');
    await eye.create(paths.task('bank_a'), spec('bank_a', 'bank'), 'persistent');
    await eye.create(paths.task('other'), spec('other', 'bank'), 'persistent');
    const scope = { tasks: ['shop_*'], groups: ['bank'] };
    const { text } = await createToken(eye, { name: 's', role: 'operator', scope, createdBy: 'test' }, Date.now());
    const narrow = { tasks: ['shop_*'], groups: [] };
    const { text: few } = await createToken(
      eye,
      { name: 'n', role: 'operator', scope: narrow, createdBy: 'test' },
      Date.now(),
    );
    const browser = new Browser(server.address, undefined);
    const as = (token: string) => (method: string, path: string) =>
      browser.send(method, path, undefined, { authorization: `Bearer ${token}` });
    assert.equal((await as(text)('GET', '/api/v1/session')).status, 200);
    const refused = async (answer: ReturnType<ReturnType<typeof as>>) =>
      assert.deepEqual([(await answer).status, (await answer).body['code']], [403, 'out-of-scope']);
    for (const task of ['shop_a', 'bank_a', 'other']) {
      assert.notEqual((await as(text)('POST', `/api/v1/tasks/${task}/pause`)).body['code'], 'out-of-scope');
    }
    await refused(as(few)('POST', '/api/v1/tasks/bank_a/pause'));
    await refused(as(few)('GET', '/api/v1/tasks/other'));
    for (const path of ['/api/v1/tasks', '/api/v1/live', '/api/v1/audit', '/api/v1/cores', '/api/v1/tasks/export']) {
      await refused(as(few)('GET', path));
    }
    await refused(as(few)('POST', '/api/v1/tasks/bulk'));
    await refused(as(few)('GET', '/api/v1/tasks/%2e%2e%2faccess'));
  });

  test('a token can do no more than its owner, goes with him, and cannot make others', async (t) => {
    const servers = `${stack.zookeeper.connectString}${newRoot()}`;
    const server = await startAccessServer(t, { servers });
    const root = await setUp(server);
    const mary = await addUser(root, 'mary', 'operator');
    const strong = await mary.send('POST', '/api/v1/tokens', { name: 'x', role: 'admin' });
    assert.deepEqual([strong.status, strong.body['code']], [403, 'token-too-strong']);
    const made = await mary.send('POST', '/api/v1/tokens', { name: 'script', role: 'operator' });
    assert.equal(made.status, 201);
    const text = String(made.body['text']);
    assert.match(text, /^mrt_[0-9a-f]{16}_[\w-]{43}$/);
    const script = new Browser(server.address, undefined);
    const headers = { authorization: `Bearer ${text}` };
    assert.equal((await script.get('/api/v1/session', headers)).body['role'], 'operator');
    const again = await script.send('POST', '/api/v1/tokens', { name: 'y', role: 'viewer' }, headers);
    assert.deepEqual([again.status, again.body['code']], [403, 'token-too-strong']);
    const others = await root.send('POST', '/api/v1/tokens', { name: 'r', role: 'viewer' });
    const rootToken = (others.body['token'] as { id: string }).id;
    assert.equal((await mary.send('DELETE', `/api/v1/tokens/${rootToken}`)).status, 404);
    assert.deepEqual(
      ((await mary.get('/api/v1/tokens')).body['tokens'] as { name: string }[]).map(({ name }) => name),
      ['script'],
    );
    for (const answer of [await mary.get('/api/v1/tokens'), await root.get('/api/v1/tokens')]) {
      assert.doesNotMatch(answer.text, /"hash"/);
      assert.ok(!answer.text.includes(text));
    }
    const eye = await openSession(t, servers);
    const id = text.split('_')[1]!;
    const kept = await readTyped(eye, paths.token(id), tokenSchema);
    assert.ok(!JSON.stringify(kept).includes(text.split('_')[2]!));

    await root.send('PATCH', '/api/v1/users/mary', { role: 'viewer' });
    while ((await script.get('/api/v1/session', headers)).body['role'] !== 'viewer');
    await root.send('DELETE', '/api/v1/users/mary');
    while ((await script.get('/api/v1/session', headers)).status !== 401);
    // Also when its node is left over, and somebody of the same name comes.
    await eye.create(paths.token(id), '', 'persistent');
    await writeTyped(eye, paths.token(id), tokenSchema, kept!.value, -1);
    await addUser(root, 'mary', 'admin');
    assert.equal((await script.get('/api/v1/session', headers)).status, 401);
  });
});
