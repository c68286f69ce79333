import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger, type LoggerOptions } from '../../coordination/log.js';

function logInto(options: Partial<LoggerOptions> = {}): {
  log: ReturnType<typeof createLogger>;
  text: () => string;
  lines: () => Record<string, unknown>[];
} {
  let text = '';
  const stream = { write: (line: string) => void (text += line) };
  return {
    log: createLogger({ level: 'info', pretty: false, stream, ...options }),
    text: () => text,
    lines: () =>
      text
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}

test('a line is one JSON object with the level as a word and the time in ISO', () => {
  const { log, lines } = logInto({ name: 'core-1' });
  log.child({ task: 't', term: 7 }).info({ rows: 3 }, 'done');
  log.debug('not at this level');
  log.warn('plain');
  const [first, second] = lines();
  assert.equal(lines().length, 2);
  assert.deepEqual(
    { ...first, time: '' },
    { level: 'info', time: '', name: 'core-1', task: 't', term: 7, rows: 3, msg: 'done' },
  );
  assert.match(String(first?.time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.deepEqual([second?.level, second?.msg], ['warn', 'plain']);
});

test('secrets are blanked by name at any depth, in fields and in what is bound', () => {
  const { log, text } = logInto();
  const sasl = { user: 'u', password: 'hunter2', list: [{ clientSecret: 'hunter2' }] };
  log.child({ sasl, apiToken: 'hunter2' }).error({ spec: { sink: { kafka: { sasl } } }, passphrase: 'hunter2' }, 'x');
  assert.ok(!text().includes('hunter2'));
  assert.ok(text().includes('"user":"u"'));
});

test('of errors only what is known is logged: foreign ones carry statements and rows', () => {
  const { log, lines, text } = logInto();
  const cause = Object.assign(new Error('inner'), { sql: 'INSERT hunter2', code: 'ER_X', rows: ['hunter2'] });
  log.error({ err: new Error('outer', { cause }), bytes: Buffer.from('hunter2'), big: 12n }, 'failed');
  const [line] = lines();
  const { message, cause: logged } = line?.err as { message: string; cause: { message: string; code: string } };
  assert.deepEqual([message, logged.message, logged.code], ['outer', 'inner', 'ER_X']);
  assert.equal(line?.big, '12');
  assert.equal(line?.bytes, '[7 bytes]');
  assert.ok(!text().includes('hunter2'));
});

test('rings do not hang it', () => {
  const { log, lines } = logInto();
  const ring: Record<string, unknown> = { name: 'ring' };
  ring.self = ring;
  log.info({ ring }, 'x');
  assert.equal(lines().length, 1);
});

test('for a person: no JSON, the sentence and the values', () => {
  const { log, text } = logInto({ pretty: true });
  log.info({ task: 'copy' }, 'leading');
  assert.match(text(), /INFO.*leading[\s\S]*task: "copy"/);
  assert.throws(() => JSON.parse(text()) as unknown);
});
