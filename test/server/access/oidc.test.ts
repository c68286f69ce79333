import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test, type TestContext } from 'node:test';
import { Provider } from 'oidc-provider';
import { startStack, type Stack } from '../../stack/stack.js';
import { freePorts } from '../../stack/free-ports.js';
import { newRoot } from '../../coordination/zookeeper-fixture.js';
import { Browser, setUp, startAccessServer, type AccessServer, type Answer } from './access-fixture.js';

const SECRET = 'the-client-secret-that-nobody-sees';
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  ann: ['replicator-admins', 'staff'],
  otto: ['staff'],
  stranger: [],
  root: ['replicator-admins'],
};

/** A real provider, which signs in whoever is named. */
async function startProvider(t: TestContext, callback: string): Promise<{ issuer: string; server: Server }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => new Promise((resolve) => server.close(resolve)));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'replicator',
        client_secret: SECRET,
        redirect_uris: [callback],
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    claims: { openid: ['sub', 'preferred_username', 'groups'] },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    cookies: { keys: ['a key of this test'] },
    features: { devInteractions: { enabled: true } },
    findAccount: (_context, id) => ({
      accountId: id,
      claims: () => ({ sub: `subject-${id}`, preferred_username: id, groups: GROUPS[id] ?? [] }),
    }),
  });
  const answer = provider.callback();
  server.on('request', (request, response) => void answer(request, response));
  return { issuer, server };
}

/** Follows the browser through the provider's pages until it is sent back to us; resolves to that address. */
async function throughProvider(browser: Browser, url: string, login: string, back: string): Promise<string> {
  let next = url;
  for (let step = 0; step < 12; step++) {
    if (next.startsWith(back)) return next;
    let answer: Answer = await browser.get(next);
    if (answer.status === 200) {
      const action = /action="([^"]+)"/.exec(answer.text)?.[1] ?? next;
      const prompt = /name="prompt" value="(\w+)"/.exec(answer.text)?.[1] ?? 'login';
      const form = new URLSearchParams({ prompt, ...(prompt === 'login' && { login, password: 'x' }) });
      answer = await browser.send('POST', new URL(action, next).href, form.toString(), {
        'content-type': 'application/x-www-form-urlencoded',
      });
    }
    const location = answer.headers.get('location');
    assert.ok(location, `no way on from ${next}: ${answer.status} ${answer.text.slice(0, 300)}`);
    next = new URL(location, next).href;
  }
  throw new Error('the provider never sends back');
}

describe('OpenID Connect', { timeout: 180_000 }, () => {
  let stack: Stack;
  before(async () => {
    stack = await startStack({ zookeeper: 1 });
  });
  after(() => stack.stop());

  async function start(t: TestContext): Promise<{ server: AccessServer; issuer: string; callback: string }> {
    const [port] = await freePorts(1);
    const publicUrl = `http://127.0.0.1:${port!}`;
    const callback = `${publicUrl}/api/v1/oidc/callback`;
    const { issuer } = await startProvider(t, callback);
    const oidc = {
      name: 'Test provider',
      issuer,
      clientId: 'replicator',
      roles: { admin: ['replicator-admins'], operator: ['staff'] },
    };
    const servers = `${stack.zookeeper.connectString}${newRoot()}`;
    const server = await startAccessServer(t, { servers, port: port!, file: { publicUrl, oidc }, oidcSecret: SECRET });
    return { server, issuer, callback };
  }

  async function signIn(
    server: AccessServer,
    callback: string,
    login: string,
    back = '/',
  ): Promise<{ browser: Browser; end: Answer }> {
    const browser = new Browser(server.address);
    const begun = await browser.get(`/api/v1/oidc/start?back=${encodeURIComponent(back)}`);
    const url = begun.headers.get('location')!;
    for (const part of ['code_challenge=', 'code_challenge_method=S256', 'state=', 'nonce='])
      assert.ok(url.includes(part));
    const returned = await throughProvider(browser, url, login, callback);
    return { browser, end: await browser.get(returned) };
  }

  test('users come with their role, a local name is nobody else’s, and who has no role stays out', async (t) => {
    const { server, callback } = await start(t);
    await setUp(server);
    assert.deepEqual((await new Browser(server.address).get('/api/v1/sign-in')).body['oidc'], {
      name: 'Test provider',
      url: '/api/v1/oidc/start',
    });
    const ann = await signIn(server, callback, 'ann', '/tasks/a?tab=1');
    assert.deepEqual([ann.end.status, ann.end.headers.get('location')], [302, '/tasks/a?tab=1']);
    const who = (await ann.browser.get('/api/v1/session')).body;
    assert.deepEqual([who['name'], who['role'], who['hasPassword']], ['ann', 'admin', false]);
    const otto = await signIn(server, callback, 'otto', 'https://evil.example/');
    assert.equal(otto.end.headers.get('location'), '/');
    assert.equal((await otto.browser.get('/api/v1/session')).body['role'], 'operator');
    for (const login of ['stranger', 'root']) {
      const { browser, end } = await signIn(server, callback, login);
      assert.equal(end.headers.get('location'), '/sign-in?error=oidc-refused', login);
      assert.equal((await browser.get('/api/v1/session')).status, 401, login);
    }
    assert.ok(!server.log().includes(SECRET));
  });

  test('what was not begun in this browser, or comes twice or changed, is refused', async (t) => {
    const { server, callback } = await start(t);
    const victim = new Browser(server.address);
    const begun = (await victim.get('/api/v1/oidc/start')).headers.get('location')!;
    const returned = await throughProvider(victim, begun, 'otto', callback);
    const refused = async (browser: Browser, url: string): Promise<void> => {
      assert.equal((await browser.get(url)).headers.get('location'), '/sign-in?error=oidc-refused');
      assert.equal((await browser.get('/api/v1/session')).status, 401);
    };
    // Another browser, to which somebody sent the address.
    await refused(new Browser(server.address), returned);
    const other = new Browser(server.address);
    await other.get('/api/v1/oidc/start');
    await refused(other, returned);
    const twice = new Browser(server.address);
    for (const [name, value] of victim.cookies) twice.cookies.set(name, value);
    assert.equal((await victim.get(returned)).headers.get('location'), '/');
    await refused(twice, returned);
  });

  test('a provider that is away is said so', async (t) => {
    const [port, dead] = await freePorts(2);
    const publicUrl = `http://127.0.0.1:${port!}`;
    const oidc = { issuer: `http://127.0.0.1:${dead!}`, clientId: 'replicator', roles: {} };
    const servers = `${stack.zookeeper.connectString}${newRoot()}`;
    const server = await startAccessServer(t, { servers, port: port!, file: { publicUrl, oidc } });
    const answer = await new Browser(server.address).get('/api/v1/oidc/start');
    assert.equal(answer.headers.get('location'), '/sign-in?error=oidc-unavailable');
  });
});
