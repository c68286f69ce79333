import { inParallel } from './in-parallel.js';
import { isSecretName } from './log.js';
import { paths } from './paths.js';
import { auditRecordSchema, type AuditRecord } from './schema/access.js';
import { CoordinationError, type Session } from './session.js';
import { createTyped, look } from './znode.js';

/** So many records are kept in ZooKeeper; all of them are in the log. */
export const AUDIT_KEPT = 2000;
/** `before` and `after` beyond this many characters are kept in the log only. */
const LARGEST_PART = 4000;
const AT_A_TIME = 32;
const DEPTH = 8;

export type AuditEntry = Omit<AuditRecord, 'sequence' | 'at'>;

/**
 * Adds a record behind the last one and takes away what is beyond the bound. Records are numbered without gaps; two writers at the
 * same time take the next number each.
 * @throws CoordinationError
 */
export async function appendAudit(session: Session, entry: AuditEntry, at: number): Promise<AuditRecord> {
  const { before, after, ...plain } = entry;
  for (;;) {
    const numbers = await sequences(session);
    const sequence = (numbers.at(-1) ?? 0) + 1;
    const record: AuditRecord = {
      ...plain,
      sequence,
      at,
      ...(before !== undefined && { before: bounded(withoutSecrets(before)) }),
      ...(after !== undefined && { after: bounded(withoutSecrets(after)) }),
    };
    try {
      await createTyped(session, paths.auditRecord(sequence), auditRecordSchema, record, 'persistent');
    } catch (error) {
      if (error instanceof CoordinationError && error.kind === 'node-exists') continue;
      throw error;
    }
    const beyond = numbers.slice(0, Math.max(0, numbers.length + 1 - AUDIT_KEPT));
    await inParallel(beyond, AT_A_TIME, (old) => session.remove(paths.auditRecord(old)));
    return record;
  }
}

export interface AuditFilter {
  readonly who?: string | undefined;
  readonly action?: string | undefined;
  readonly object?: string | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** Only records with a smaller number. */
  readonly before?: number | undefined;
  readonly limit: number;
}

/** The newest records that fit, newest first. `known` keeps what was read: a record never changes. @throws CoordinationError */
export async function readAudit(
  session: Session,
  filter: AuditFilter,
  known: Map<number, AuditRecord>,
): Promise<AuditRecord[]> {
  const all = await sequences(session);
  const there = new Set(all);
  for (const sequence of known.keys()) if (!there.has(sequence)) known.delete(sequence);
  const wanted = all.filter((sequence) => filter.before === undefined || sequence < filter.before).reverse();
  const found: AuditRecord[] = [];
  for (let next = 0; next < wanted.length && found.length < filter.limit; next += AT_A_TIME) {
    const some = wanted.slice(next, next + AT_A_TIME);
    const records = await inParallel(some, AT_A_TIME, (sequence) => readRecord(session, sequence, known));
    found.push(...records.filter((record) => record !== undefined).filter((record) => fits(record, filter)));
  }
  return found.slice(0, filter.limit);
}

async function readRecord(
  session: Session,
  sequence: number,
  known: Map<number, AuditRecord>,
): Promise<AuditRecord | undefined> {
  const kept = known.get(sequence);
  if (kept !== undefined) return kept;
  const reading = await look(session, paths.auditRecord(sequence), auditRecordSchema);
  // One that cannot be read is the doctor's business, not a reason to show none.
  if (reading.kind !== 'present') return undefined;
  known.set(sequence, reading.value);
  return reading.value;
}

function fits(record: AuditRecord, { who, action, object, from, to }: AuditFilter): boolean {
  const holds = (value: string | undefined, part: string | undefined): boolean =>
    part === undefined || (value ?? '').toLowerCase().includes(part.toLowerCase());
  if (from !== undefined && record.at < from) return false;
  if (to !== undefined && record.at > to) return false;
  return holds(record.who, who) && holds(record.action, action) && holds(record.object, object);
}

async function sequences(session: Session): Promise<number[]> {
  const names = (await session.children(paths.audit)) ?? [];
  return names
    .filter((name) => /^\d{10,}$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);
}

/** What stands in a field that may be a secret is left out, unless it is a reference. */
export function withoutSecrets(value: unknown, depth = DEPTH): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth === 0) return '[deeper]';
  if (Array.isArray(value)) return value.map((item) => withoutSecrets(item, depth - 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      if (!isSecretName(key)) return [key, withoutSecrets(inner, depth - 1)];
      return [key, typeof inner === 'string' && /^(env|file):/.test(inner) ? inner : '[secret]'];
    }),
  );
}

/** Large values would crowd out the other records. */
function bounded(value: unknown): unknown {
  const text = JSON.stringify(value) ?? '';
  return text.length > LARGEST_PART ? `[${text.length} characters, in the log only]` : value;
}
