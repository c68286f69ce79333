import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AUDIT_KEPT, appendAudit, readAudit } from '../../../coordination/audit.js';
import { inParallel } from '../../../coordination/in-parallel.js';
import { paths } from '../../../coordination/paths.js';
import { auditRecordSchema, signedInSchema, type SignedIn } from '../../../coordination/schema/access.js';
import { createTyped, readTyped, writeTyped } from '../../../coordination/znode.js';
import type { Session } from '../../../coordination/session.js';
import { newRoot, openSession } from '../../coordination/zookeeper-fixture.js';
import { startStack, type Stack } from '../../stack/stack.js';
import { setUp, startAccessServer } from './access-fixture.js';

const HOUR = 60 * 60_000;
let stack: Stack;
before(async () => {
  stack = await startStack({ zookeeper: 1 });
});
after(() => stack?.stop());

test('the audit keeps 2,000 records: the oldest goes, the numbers go on', { timeout: 60_000 }, async (t) => {
  const eye = await openSession(t, `${stack.zookeeper.connectString}${newRoot()}`);
  const plain = { action: 'task.pause', object: 'tasks/a', outcome: 'done' as const, from: '127.0.0.1' };
  const first = await appendAudit(eye, { ...plain, who: 'mary', by: 'session' }, 1);
  const { sequence: _, ...like } = first;
  const numbers = Array.from({ length: AUDIT_KEPT + 2 }, (_, i) => i + 2);
  await inParallel(numbers, 64, async (sequence) => {
    await createTyped(eye, paths.auditRecord(sequence), auditRecordSchema, { ...like, sequence }, 'persistent');
  });
  const last = await appendAudit(eye, { ...plain, who: 'ann', by: 'session' }, 2);
  assert.equal(last.sequence, AUDIT_KEPT + 4);
  const kept = (await eye.children(paths.audit)) ?? [];
  assert.equal(kept.length, AUDIT_KEPT);
  const all = await readAudit(eye, { limit: 10_000 }, new Map());
  assert.deepEqual([all[0]?.sequence, all.at(-1)?.sequence], [AUDIT_KEPT + 4, 5]);
});

test('a session ends without requests, and after its longest time in spite of them', { timeout: 60_000 }, async (t) => {
  const servers = `${stack.zookeeper.connectString}${newRoot()}`;
  const server = await startAccessServer(t, { servers, file: { sessions: { idle: '1h', absolute: '1d' } } });
  const root = await setUp(server);
  const eye = await openSession(t, servers);
  const change = async (times: (now: number) => Partial<SignedIn>): Promise<void> => {
    const [id = ''] = (await eye.children(paths.sessions)) ?? [];
    const found = await readTyped(eye, paths.session(id), signedInSchema);
    await writeTyped(eye, paths.session(id), signedInSchema, { ...found!.value, ...times(Date.now()) }, -1);
  };
  const becomes = async (status: number, what: string): Promise<void> => {
    const end = performance.now() + 10_000;
    while ((await root.get('/api/v1/session')).status !== status) assert.ok(performance.now() < end, what);
  };
  await change((now) => ({ createdAt: now - 2 * HOUR, seenAt: now - 2 * HOUR }));
  await becomes(401, 'idle for two hours');
  assert.equal((await root.signIn('root', 'correct horse battery staple')).status, 200);
  await removeAllBut(eye, root.cookies.get('mysql_replicator_session')!);
  await change((now) => ({ createdAt: now - 23 * HOUR, seenAt: now }));
  await becomes(200, 'within its longest time');
  await change((now) => ({ createdAt: now - 25 * HOUR, seenAt: now }));
  await becomes(401, 'older than its longest time');
});

/** So that the one that is left is the present one. */
async function removeAllBut(eye: Session, cookie: string): Promise<void> {
  const ids = (await eye.children(paths.sessions)) ?? [];
  await Promise.all(ids.filter((id) => !cookie.startsWith(`${id}.`)).map((id) => eye.remove(paths.session(id))));
}
