import { createHash } from 'node:crypto';
import { CoordinationError } from './session.js';

/** A user of ZooKeeper's digest scheme. */
export interface ZookeeperIdentity {
  readonly user: string;
  readonly password: string;
}

/**
 * How a process signs in at ZooKeeper. It signs in as every identity, so that it can read what an earlier one protected; what it
 * creates belongs to the first. `protect: false` signs in and leaves new nodes open: the first step of a tree's migration, in which
 * processes that do not sign in yet go on reading.
 */
export interface ZookeeperAuth {
  readonly identities: readonly [ZookeeperIdentity, ...ZookeeperIdentity[]];
  readonly protect: boolean;
}

/** All five rights: read, write, create, delete, administer. */
export const ALL_RIGHTS = 31;

/** Who may do what with a node, as the servers say it. */
export interface AclEntry {
  readonly rights: number;
  readonly scheme: string;
  readonly id: string;
}

/** Whose a node is: only ours, the world's (in whatever way), or somebody else's. */
export type Protection = 'own' | 'open' | 'other';

/**
 * Reads `user:password`, one a line; the first is who owns what is created, the others are earlier ones that may still read.
 * @throws CoordinationError `invalid-argument`, never with what was written
 */
export function parseZookeeperAuth(text: string, protect: boolean): ZookeeperAuth {
  const lines = text.split(/\r?\n/).filter((line) => line !== '');
  const identities = lines.map((line, i) => {
    const colon = line.indexOf(':');
    if (colon < 1 || colon === line.length - 1) {
      throw new CoordinationError('invalid-argument', `the ZooKeeper sign-in is not user:password in line ${i + 1}`);
    }
    return { user: line.slice(0, colon), password: line.slice(colon + 1) };
  });
  const [first, ...others] = identities;
  if (first === undefined) throw new CoordinationError('invalid-argument', 'the ZooKeeper sign-in is empty');
  return { identities: [first, ...others], protect };
}

/** The id that the servers keep for a user: `user:` and the password's digest, as DigestAuthenticationProvider makes it. */
export function digestId({ user, password }: ZookeeperIdentity): string {
  return `${user}:${createHash('sha1').update(`${user}:${password}`).digest('base64')}`;
}

/** The list that gives a node to the first identity alone. */
export function ownAcl(auth: ZookeeperAuth): AclEntry[] {
  return [{ rights: ALL_RIGHTS, scheme: 'digest', id: digestId(auth.identities[0]) }];
}

/** What a node's list means to a process that signs in so. Pure. */
export function protectionOf(entries: readonly AclEntry[], auth: ZookeeperAuth | undefined): Protection {
  if (entries.some(({ scheme, rights }) => scheme === 'world' && rights !== 0)) return 'open';
  if (auth === undefined) return 'other';
  const [own] = ownAcl(auth);
  const [only, ...more] = entries;
  const ours = more.length === 0 && only?.scheme === 'digest' && only.id === own?.id && only.rights === ALL_RIGHTS;
  return ours ? 'own' : 'other';
}
