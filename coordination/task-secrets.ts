import { Failure } from './failure.js';
import { taskSpecSchema, type KafkaSink, type MysqlSource, type TaskSpec } from './schema/task-spec.js';
import { seal, sealedWith, unseal, type KeyRing } from './sealed-secret.js';

/** One secret of a task's configuration: where it stands, what stands there, and what it is for. */
export interface TaskSecret {
  readonly field: 'source.mysql.password' | 'sink.kafka.sasl.password';
  readonly reference: string;
  readonly purpose: string;
}

/**
 * The secrets of a task. Whoever may edit a task can change where it connects to; so a secret's purpose holds all that decides who gets
 * to see it: task, address, account, and how well the connection is protected. Change one, and the sealed secret must be typed again.
 */
export function secretsOf(spec: TaskSpec): TaskSecret[] {
  const { mysql } = spec.source;
  const { sasl } = spec.sink.kafka;
  const found: TaskSecret[] = [];
  if (mysql.password !== undefined) {
    const purpose = mysqlPurpose(spec.name, mysql);
    found.push({ field: 'source.mysql.password', reference: mysql.password, purpose });
  }
  if (sasl !== undefined) {
    const purpose = kafkaPurpose(spec.name, spec.sink.kafka);
    found.push({ field: 'sink.kafka.sasl.password', reference: sasl.password, purpose });
  }
  return found;
}

/** What the password of a source is for. */
export function mysqlPurpose(task: string, mysql: MysqlSource['mysql']): string {
  const { user, host, port, tls } = mysql;
  return JSON.stringify([task, 'source.mysql.password', user, host.toLowerCase(), port, protectionOf(tls)]);
}

/** What the password of a sink is for. */
export function kafkaPurpose(task: string, kafka: KafkaSink): string {
  const { brokers, sasl, tls } = kafka;
  const where = [...brokers].map((broker) => broker.toLowerCase()).sort();
  return JSON.stringify([task, 'sink.kafka.sasl.password', sasl?.user, sasl?.mechanism, where, protectionOf(tls)]);
}

function protectionOf(tls: KafkaSink['tls']): 'none' | 'unverified' | 'verified' {
  if (tls === undefined || tls === false) return 'none';
  return tls === true || tls.verifyIdentity ? 'verified' : 'unverified';
}

/** The same task with other texts in its secret fields. */
export function withSecrets(spec: TaskSpec, texts: ReadonlyMap<TaskSecret['field'], string>): TaskSpec {
  const copy = structuredClone(spec);
  const source = texts.get('source.mysql.password');
  const sink = texts.get('sink.kafka.sasl.password');
  if (source !== undefined) copy.source.mysql.password = source;
  if (sink !== undefined && copy.sink.kafka.sasl !== undefined) copy.sink.kafka.sasl.password = sink;
  return copy;
}

const REFERENCE = /^(env:|file:|sealed:v1:)/;
const PLAIN = 'plain:';
const STAND_IN = 'env:SEALED_LATER';

/**
 * Takes what a person typed as a task's content, and seals the secrets that are written out in it (with `plain:` in front where they look
 * like a reference). What comes back holds no secret. Content that is no task comes back without the secrets, for its faults to be told; without a ring it comes back as it is, and the
 * schema refuses the secret by its place.
 */
export function sealTyped(content: unknown, ring: KeyRing | undefined): unknown {
  const typed = new Map<TaskSecret['field'], string>();
  const clean = replaceTyped(content, typed);
  if (typed.size === 0 || ring === undefined) return content;
  const parsed = taskSpecSchema.safeParse(clean);
  if (!parsed.success) return clean;
  const sealed = secretsOf(parsed.data).flatMap(({ field, purpose }) => {
    const plain = typed.get(field);
    return plain === undefined ? [] : ([[field, seal(plain, purpose, ring)]] as const);
  });
  return withSecrets(parsed.data, new Map(sealed));
}

/**
 * Sees that every sealed secret opens where it stands, so that a mistake is told to whoever makes it. Without a ring nothing can be seen.
 * @throws Failure `secret-missing` with the field
 */
export function requireSealsOpen(spec: TaskSpec, ring: KeyRing | undefined): void {
  if (ring === undefined) return;
  for (const { field, reference, purpose } of secretsOf(spec)) {
    if (sealedWith(reference) === undefined) continue;
    try {
      unseal(reference, purpose, ring);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const { remedy } = error;
      throw new Failure(error.kind, error.message, { place: field, ...(remedy !== undefined && { remedy }) });
    }
  }
}

/** Seals what is sealed with an earlier key with the current one; `undefined` when there is nothing to do. @throws Failure `secret-missing` */
export function reseal(spec: TaskSpec, ring: KeyRing): TaskSpec | undefined {
  const current = ring.keys[0].id;
  const old = secretsOf(spec).filter(({ reference }) => ![undefined, current].includes(sealedWith(reference)));
  if (old.length === 0) return undefined;
  const texts = old.map(({ field, reference, purpose }) => {
    return [field, seal(unseal(reference, purpose, ring), purpose, ring)] as const;
  });
  return withSecrets(spec, new Map(texts));
}

function replaceTyped(content: unknown, typed: Map<TaskSecret['field'], string>): unknown {
  let clean = content;
  for (const field of ['source.mysql.password', 'sink.kafka.sasl.password'] as const) {
    const keys = field.split('.');
    const value = keys.reduce<unknown>((at, key) => (isSection(at) ? at[key] : undefined), content);
    if (typeof value !== 'string' || REFERENCE.test(value)) continue;
    typed.set(field, value.startsWith(PLAIN) ? value.slice(PLAIN.length) : value);
    clean = replaced(clean, keys, STAND_IN);
  }
  return clean;
}

function replaced(content: unknown, [key, ...rest]: readonly string[], value: string): unknown {
  if (key === undefined || !isSection(content)) return value;
  return { ...content, [key]: replaced(content[key], rest, value) };
}

function isSection(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
