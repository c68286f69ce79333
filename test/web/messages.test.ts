import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { cut, formOf, type Message } from '../../web/messages/catalogue.js';
import { en } from '../../web/messages/en.js';
import { zh } from '../../web/messages/zh.js';

const WEB = fileURLToPath(new URL('../../../web/', import.meta.url));
const english: Readonly<Record<string, Message>> = en;
const chinese: Readonly<Record<string, Message>> = zh;

function placesOf(message: Message | undefined): string[] {
  const texts = typeof message === 'string' ? [message] : [message?.one, message?.other];
  return [...new Set(texts.flatMap((text) => cut(text ?? '').filter((_, i) => i % 2 === 1)))].sort();
}

test('both catalogues have the same texts, with the same places', () => {
  assert.deepEqual(Object.keys(chinese).sort(), Object.keys(english).sort());
  const differing = Object.keys(english).filter((key) => {
    return placesOf(english[key]).join() !== placesOf(chinese[key]).join();
  });
  assert.deepEqual(differing, []);
});

test('no text is empty, and no Chinese one was left in English by accident', () => {
  const forms = (message: Message): string[] =>
    typeof message === 'string' ? [message] : Object.values<string>({ ...message });
  for (const [key, message] of [...Object.entries(english), ...Object.entries(chinese)]) {
    for (const text of forms(message)) assert.notEqual(text.trim(), '', key);
  }
  // Names, and the name of the other language.
  const kept = new Set(['cluster.brokers', 'cluster.cores', 'history.core', 'pipeline.brokers', 'language.switch']);
  const untranslated = Object.entries(chinese).filter(([key, message]) => {
    const letters = forms(message)
      .join('')
      .replace(/\{\w+\}/g, '');
    return !kept.has(key) && !/\p{Script=Han}/u.test(letters) && /[A-Za-z]{2}/.test(letters);
  });
  assert.deepEqual(
    untranslated.map(([key]) => key),
    [],
  );
});

test('every text is used, and every text that is used is there', async () => {
  const files = (await readdir(WEB, { recursive: true })).filter(
    (path) => /\.tsx?$/.test(path) && !path.startsWith('messages') && !path.startsWith('dist'),
  );
  const sources = (await Promise.all(files.map((path) => readFile(join(WEB, path), 'utf8')))).join('\n');
  // Keys that are put together from a fixed beginning: t(`state.${state}`).
  const made = [...sources.matchAll(/`((?:[a-z-]+\.)+)\$\{[^}]*\}((?:\.[a-z]+)?)`/g)].map(
    ([, head, tail]) => [head!, tail!] as const,
  );
  const unused = Object.keys(english).filter(
    (key) => !sources.includes(`'${key}'`) && !made.some(([head, tail]) => key.startsWith(head) && key.endsWith(tail)),
  );
  assert.deepEqual(unused, []);
});

test('a number takes the form of its language', () => {
  const message = { one: '{count} task', other: '{count} tasks' };
  assert.equal(formOf(message, 'en', 1), '{count} task');
  assert.equal(formOf(message, 'en', 0), '{count} tasks');
  assert.equal(formOf({ other: '{count} 个任务' }, 'zh', 1), '{count} 个任务');
});
