import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { startStack, type Stack } from '../../stack/stack.js';
import { newRoot } from '../../coordination/zookeeper-fixture.js';
import { readTls } from '../../../server/access/tls.js';
import { startAccessServer } from './access-fixture.js';

/** A certificate of its own for a name; files `<name>.crt` and `<name>.key`. */
function makeCertificate(folder: string, name: string): void {
  const key = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-keyout',
    join(folder, `${name}.key`),
  ];
  const about = ['-subj', `/CN=${name}`, '-days', '2', '-out', join(folder, `${name}.crt`)];
  execFileSync('openssl', ['req', '-x509', ...key, ...about], { stdio: 'ignore' });
}

interface Got {
  readonly name: string;
  readonly headers: Record<string, unknown>;
}

async function get(address: string, agent: Agent): Promise<Got> {
  const asked = request(`${address}/api/v1/sign-in`, { agent, rejectUnauthorized: false }).end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  const certificate = (response.socket as TLSSocket).getPeerCertificate();
  response.resume();
  await once(response, 'end');
  return { name: String(certificate.subject?.CN ?? 'resumed'), headers: response.headers };
}

describe('TLS', { timeout: 120_000 }, () => {
  let stack: Stack;
  let folder: string;
  before(async () => {
    stack = await startStack({ zookeeper: 1 });
    folder = await mkdtemp(join(tmpdir(), 'tls-'));
    for (const name of ['first', 'second']) makeCertificate(folder, name);
  });
  after(async () => {
    await rm(folder, { recursive: true });
    await stack.stop();
  });

  test('a key of another certificate and a file that is none are refused with a sentence', async () => {
    const at = (name: string): string => join(folder, name);
    assert.equal(
      new X509Certificate((await readTls({ cert: at('first.crt'), key: at('first.key') })).cert).subject,
      'CN=first',
    );
    for (const files of [
      { cert: at('first.crt'), key: at('second.key') },
      { cert: at('first.key'), key: at('first.key') },
      { cert: at('none.crt'), key: at('first.key') },
    ]) {
      await assert.rejects(readTls(files), { kind: 'configuration-invalid' });
    }
  });

  test('new files are taken without a restart, bad ones are not, and an old connection goes on', async (t) => {
    const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
    const put = async (name: string): Promise<void> => {
      await copyFile(join(folder, `${name}.key`), files.key);
      await copyFile(join(folder, `${name}.crt`), files.cert);
    };
    await put('first');
    const servers = `${stack.zookeeper.connectString}${newRoot()}`;
    const server = await startAccessServer(t, { servers, tls: files });
    assert.match(server.address, /^https:/);
    const kept = new Agent({ keepAlive: true, maxSockets: 1 });
    t.after(() => kept.destroy());
    const fresh = (): Promise<Got> => get(server.address, new Agent({ maxCachedSessions: 0 }));
    const first = await get(server.address, kept);
    assert.equal(first.name, 'first');
    assert.equal(first.headers['strict-transport-security'], 'max-age=31536000');

    await writeFile(files.cert, 'nonsense');
    while (!server.log().includes('the one before stays')) await new Promise((resolve) => setImmediate(resolve));
    assert.equal((await fresh()).name, 'first');

    await put('second');
    while (!server.log().includes('a new certificate is in use')) await new Promise((resolve) => setImmediate(resolve));
    assert.equal((await fresh()).name, 'second');
    assert.equal((await get(server.address, kept)).name, 'first');
  });
});
