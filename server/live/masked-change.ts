import type { LiveChange } from '../api/schema/task-orders.js';
import type { TailedRecord } from '../ports.js';

/** Columns whose values no screen shows, by their name. */
const SECRET_COLUMN =
  /pass(word|wd|phrase)?|secret|token|card|cvv|cvc|iban|ssn|api_?key|private_?key|credential|auth|salt|pin_?code|^pin$/i;
const BLANK = '•••';
const LONGEST_TEXT = 512;
const COLUMNS_AT_MOST = 200;

interface Envelope {
  readonly op?: unknown;
  readonly before?: unknown;
  readonly after?: unknown;
  readonly source?: { readonly db?: unknown; readonly table?: unknown; readonly name?: unknown };
}

/**
 * A record of the sink as a console may see it: columns whose names say that they hold a secret are blanked, what is long is cut. What is not an
 * envelope that this program writes is named by its place only. `undefined`: it belongs to another task of the same topic.
 */
export function maskedChange(record: TailedRecord, task: string): LiveChange | undefined {
  const { topic, partition, offset, at } = record;
  const masked = new Set<string>();
  const cut = { truncated: false };
  const base = { topic, partition, offset, at };
  const key = columns(parse(record.key), masked, cut);
  if (record.value === undefined) {
    return { ...base, key, before: null, after: null, tombstone: true, masked: [...masked] };
  }
  const envelope = parse(record.value);
  if (typeof envelope !== 'object' || envelope === null) return undefined;
  const { op, before, after, source } = envelope as Envelope;
  if (typeof op !== 'string' || (typeof source?.name === 'string' && source.name !== task)) return undefined;
  const change: LiveChange = {
    ...base,
    op,
    key,
    before: columns(before, masked, cut),
    after: columns(after, masked, cut),
    masked: [...masked].sort(),
    ...(typeof source?.db === 'string' && { database: source.db }),
    ...(typeof source?.table === 'string' && { table: source.table }),
  };
  return cut.truncated ? { ...change, truncated: true } : change;
}

function columns(row: unknown, masked: Set<string>, cut: { truncated: boolean }): unknown {
  if (typeof row !== 'object' || row === null) return row === undefined ? null : shorten(row, cut);
  const entries = Object.entries(row);
  if (entries.length > COLUMNS_AT_MOST) cut.truncated = true;
  return Object.fromEntries(
    entries.slice(0, COLUMNS_AT_MOST).map(([name, value]: [string, unknown]) => {
      if (value !== null && SECRET_COLUMN.test(name)) {
        masked.add(name);
        return [name, BLANK];
      }
      return [name, shorten(value, cut)];
    }),
  );
}

/** JSON columns are text here: a secret inside them is not looked for by path, so a text that names one is blanked as a whole. */
function shorten(value: unknown, cut: { truncated: boolean }): unknown {
  const text =
    typeof value === 'string' ? value : typeof value === 'object' && value !== null ? JSON.stringify(value) : undefined;
  if (text === undefined) return value;
  if (/^\s*[{[]/.test(text) && SECRET_IN_JSON.test(text)) return BLANK;
  if (text.length <= LONGEST_TEXT) return value;
  cut.truncated = true;
  return `${text.slice(0, LONGEST_TEXT)}…`;
}

const SECRET_IN_JSON = /"[^"]*(pass(word|wd)|secret|token|card|cvv|api_?key|private_?key|credential)[^"]*"\s*:/i;

function parse(text: string | undefined): unknown {
  if (text === undefined) return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** `shop.*`, with * and ?; without case. */
export function tablePattern(pattern: string): RegExp {
  const source = pattern
    .replace(/[\\^$.|+()[\]{}]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 'i');
}
