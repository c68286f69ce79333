import { readFileSync } from 'node:fs';
import { parseKeyRing } from '../coordination/sealed-secret.js';
import { parseZookeeperAuth, type ZookeeperAuth } from '../coordination/zookeeper-auth.js';
import type { SecretSources } from '../core/secrets.js';
import type { CommonLine } from './command-line.js';
import { CliError } from './exit-codes.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What every process of this program is told about ZooKeeper's sign-in and about secrets. */
export interface OwnSettings {
  readonly auth: ZookeeperAuth | undefined;
  readonly secrets: SecretSources;
}

/** Reads what the options refer to. @throws CliError 'usage', never with content */
export function readOwnSettings(line: CommonLine, environment: Environment): OwnSettings {
  const { zookeeperAuth, zookeeperAcl, secretsKey, secretVariables, secretFolders } = line;
  const auth =
    zookeeperAuth === undefined
      ? undefined
      : parseZookeeperAuth(readOwnSecret('--zookeeper-auth', zookeeperAuth, environment), zookeeperAcl !== 'open');
  const ring =
    secretsKey === undefined ? undefined : parseKeyRing(readOwnSecret('--secrets-key', secretsKey, environment));
  const own = [zookeeperAuth, secretsKey].filter((reference) => reference !== undefined);
  return {
    auth,
    secrets: {
      environment,
      own,
      ring,
      ...(secretVariables !== undefined && { variables: list(secretVariables) }),
      ...(secretFolders !== undefined && { folders: list(secretFolders) }),
    },
  };
}

/** Reads what `env:NAME` or `file:PATH` of one of the process's own options holds. @throws CliError 'usage' */
export function readOwnSecret(option: string, reference: string, environment: Environment): string {
  if (reference.startsWith('env:')) {
    const name = reference.slice('env:'.length);
    const value = environment[name];
    if (value) return value;
    throw new CliError('usage', `${option}: the environment variable ${name} is not set`);
  }
  if (reference.startsWith('file:')) {
    const path = reference.slice('file:'.length);
    try {
      return readFileSync(path, 'utf8');
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      throw new CliError('usage', `${option}: ${path} cannot be read (${code ?? 'unknown error'})`, { cause });
    }
  }
  // What is not a reference may be the secret itself.
  throw new CliError('usage', `${option} is neither file:PATH nor env:NAME`, {
    remedy:
      'a secret on a command line can be read by every user of the machine: name a file or a variable that holds it',
  });
}

function list(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
