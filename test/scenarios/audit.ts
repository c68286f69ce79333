import assert from 'node:assert/strict';
import type { Sql } from '../core/source/sql.js';
import { readTopic } from '../core/sink/read-topic.js';
import type { Committed } from './load.js';
import { TOPIC } from './world.js';

interface Image {
  readonly id: number;
  readonly version: number;
  readonly name: string;
  readonly price: string;
}
interface Envelope {
  readonly before: Image | null;
  readonly after: Image | null;
  readonly op: string;
  readonly source: { readonly file: string; readonly pos: number; readonly row: number };
}

export interface AuditResult {
  readonly records: number;
  readonly doubled: number;
}

/** Waits until the row with this id has arrived, so that everything committed before it has too. */
export async function untilArrived(brokers: readonly string[], id: number, limitMs = 60_000): Promise<void> {
  const end = performance.now() + limitMs;
  for (;;) {
    // The topic may not exist yet: the task makes it at the first change.
    const records = await readTopic(brokers, TOPIC).catch(() => []);
    if (records.some(({ key }) => key === JSON.stringify({ id }))) return;
    assert.ok(performance.now() < end, `row ${id} has not arrived within ${limitMs} ms`);
  }
}

/**
 * Compares the topic with the source: every committed version of every row is there, each key's last state is the source's, no
 * record says anything the source never had. Counts what was delivered more than once.
 */
export async function audit(brokers: readonly string[], sql: Sql, committed: Committed): Promise<AuditResult> {
  const records = await readTopic(brokers, TOPIC);
  const places = new Set<string>();
  const seen = new Set<string>();
  const last = new Map<string, Image | null>();
  let [doubled, changes] = [0, 0];
  for (const { key, value } of records) {
    if (value === null) {
      last.set(key!, null);
      continue;
    }
    changes++;
    const envelope = JSON.parse(value) as Envelope;
    const { file, pos, row } = envelope.source;
    const place = `${file}:${pos}:${row}`;
    if (places.has(place)) doubled++;
    places.add(place);
    if (envelope.after) seen.add(`${envelope.after.id}/${envelope.after.version}`);
    last.set(key!, envelope.after);
  }
  const lost = [...committed.versions].filter((version) => !seen.has(version));
  assert.deepEqual(lost.slice(0, 5), [], `${lost.length} of ${committed.versions.size} committed versions are missing`);
  const rows = await sql.cells('SELECT id, version, name, price FROM shop.hot_item');
  const wrong: string[] = [];
  for (const [id, version, name, price] of rows) {
    const key = `{"id":${String(id)}}`;
    const image = last.get(key);
    last.delete(key);
    const same =
      image?.version === Number(version) &&
      image.name === String(name) &&
      Number(image.price) === Number(String(price));
    if (!same) wrong.push(key);
  }
  for (const [key, image] of last) if (image !== null) wrong.push(key);
  assert.deepEqual(wrong.slice(0, 5), [], `${wrong.length} keys whose last state is not the source's`);
  return { records: changes, doubled };
}
