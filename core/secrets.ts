import { readFile } from 'node:fs/promises';
import { Failure } from '../coordination/failure.js';

const LARGEST_SECRET = 64 * 1024;

/**
 * Reads the secret that `env:NAME` or `file:/absolute/path` refers to, on this machine. Line ends at the end of a file belong to
 * the editor, not to the secret, and are cut off.
 * @throws Failure 'secret-missing' with the reference's name, never with content
 */
export async function resolveSecret(
  reference: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  if (reference.startsWith('env:')) return fromEnvironment(reference.slice('env:'.length), environment);
  if (reference.startsWith('file:')) return fromFile(reference.slice('file:'.length));
  // What is not a reference may be the secret itself.
  throw new Failure('secret-missing', 'a secret is given neither as env:NAME nor as file:/absolute/path');
}

function fromEnvironment(name: string, environment: Readonly<Record<string, string | undefined>>): string {
  const value = environment[name];
  if (value === undefined || value === '') {
    const state = value === undefined ? 'not set' : 'empty';
    throw new Failure('secret-missing', `the environment variable ${name} is ${state}`, {
      place: `env:${name}`,
      remedy: `set ${name} in the environment of this process`,
    });
  }
  return value;
}

async function fromFile(path: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw missing(path, `the secret file ${path} cannot be read (${code ?? 'unknown error'})`, cause);
  }
  const secret = text.replace(/[\r\n]+$/, '');
  if (secret === '') throw missing(path, `the secret file ${path} is empty`);
  if (secret.length > LARGEST_SECRET) throw missing(path, `the secret file ${path} is too large to be a secret`);
  return secret;
}

function missing(path: string, message: string, cause?: unknown): Failure {
  return new Failure('secret-missing', message, {
    place: `file:${path}`,
    remedy: `put the secret into ${path}, readable for the account of this process`,
    ...(cause === undefined ? {} : { cause }),
  });
}
