import { readFile, realpath } from 'node:fs/promises';
import { isAbsolute, normalize, sep } from 'node:path';
import { Failure } from '../coordination/failure.js';
import type { TaskSpec } from '../coordination/schema/task-spec.js';
import { unseal, type KeyRing } from '../coordination/sealed-secret.js';
import { secretsOf, type TaskSecret } from '../coordination/task-secrets.js';

/** What this process lets tasks refer to. Who may register tasks can send whatever a task may refer to to a host of his own. */
export interface SecretSources {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** References that the process itself uses: no task may. */
  readonly own?: readonly string[];
  /** Names of variables that tasks may refer to, `*` for any letters. The process's own settings are never among them. */
  readonly variables?: readonly string[];
  /** Folders below which tasks may refer to files. */
  readonly folders?: readonly string[];
  /** Opens sealed secrets. */
  readonly ring?: KeyRing | undefined;
}

export const DEFAULT_VARIABLES: readonly string[] = ['*PASSWORD'];
export const DEFAULT_FOLDERS: readonly string[] = ['/run/secrets', '/etc/mysql-replicator/secrets'];

const OWN_SETTING = /^MYSQL_REPLICATOR_/;
const LARGEST_SECRET = 64 * 1024;

/**
 * Reads the secret that `env:NAME` or `file:/absolute/path` refers to on this machine, or opens a sealed one. Line ends at the end of a
 * file belong to the editor, not to the secret, and are cut off. `purpose` is what a sealed one is for (see task-secrets.ts).
 * @throws Failure 'secret-missing' with the reference's name, never with content
 */
export async function resolveSecret(reference: string, sources: SecretSources, purpose: string): Promise<string> {
  if (reference.startsWith('env:')) return fromEnvironment(reference.slice('env:'.length), sources);
  if (reference.startsWith('file:')) return fromFile(reference.slice('file:'.length), sources);
  if (reference.startsWith('sealed:')) return unseal(reference, purpose, sources.ring);
  // What is not a reference may be the secret itself.
  throw new Failure('secret-missing', 'a secret is neither env:NAME nor file:/absolute/path nor sealed');
}

/** Reads one of a task's secrets; `undefined` when it has none. @throws Failure 'secret-missing' */
export async function readTaskSecret(
  spec: TaskSpec,
  field: TaskSecret['field'],
  sources: SecretSources,
): Promise<string | undefined> {
  const secret = secretsOf(spec).find((held) => held.field === field);
  return secret && resolveSecret(secret.reference, sources, secret.purpose);
}

function fromEnvironment(
  name: string,
  { environment, own = [], variables = DEFAULT_VARIABLES }: SecretSources,
): string {
  const place = `env:${name}`;
  if (OWN_SETTING.test(name) || own.includes(place) || !variables.some((pattern) => matches(name, pattern))) {
    throw new Failure('secret-missing', `tasks may not refer to the environment variable ${name}`, {
      place,
      remedy: `use a name that is allowed (${variables.join(', ')}), or allow it where this process is started: --secret-variables`,
    });
  }
  const value = environment[name];
  if (value === undefined || value === '') {
    const state = value === undefined ? 'not set' : 'empty';
    const remedy = `set ${name} in the environment of this process`;
    throw new Failure('secret-missing', `the environment variable ${name} is ${state}`, { place, remedy });
  }
  return value;
}

/** Where the file really lies counts: a link must not lead out of its folder. */
async function fromFile(path: string, { own = [], folders = DEFAULT_FOLDERS }: SecretSources): Promise<string> {
  const below = (file: string, folder: string): boolean =>
    file.startsWith(folder.endsWith(sep) ? folder : folder + sep);
  const named = folders.filter((folder) => isAbsolute(path) && below(normalize(path), normalize(folder)));
  if (named.length === 0) throw outside(path, folders);
  let real: string;
  let text: string;
  try {
    real = await realpath(path);
    const homes = await Promise.all(named.map((folder) => realpath(folder)));
    const ours = own.filter((reference) => reference.startsWith('file:')).map((reference) => reference.slice(5));
    const kept = await Promise.all(ours.map((file) => realpath(file).catch(() => file)));
    if (kept.includes(real) || !homes.some((folder) => below(real, folder))) throw outside(path, folders);
    text = await readFile(real, 'utf8');
  } catch (cause) {
    if (cause instanceof Failure) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    throw missing(path, `the secret file ${path} cannot be read (${code ?? 'unknown error'})`, cause);
  }
  const secret = text.replace(/[\r\n]+$/, '');
  if (secret === '') throw missing(path, `the secret file ${path} is empty`);
  if (secret.length > LARGEST_SECRET) throw missing(path, `the secret file ${path} is too large to be a secret`);
  return secret;
}

function matches(name: string, pattern: string): boolean {
  const escaped = pattern.split('*').map((part) => part.replace(/[^A-Za-z0-9_]/g, '\\$&'));
  return new RegExp(`^${escaped.join('.*')}$`).test(name);
}

function outside(path: string, folders: readonly string[]): Failure {
  return new Failure('secret-missing', `tasks may not refer to the file ${path}`, {
    place: `file:${path}`,
    remedy: `put it below ${folders.join(' or ')}, or allow its folder where this process is started: --secret-folders`,
  });
}

function missing(path: string, message: string, cause?: unknown): Failure {
  return new Failure('secret-missing', message, {
    place: `file:${path}`,
    remedy: `put the secret into ${path}, readable for the account of this process`,
    ...(cause === undefined ? {} : { cause }),
  });
}
