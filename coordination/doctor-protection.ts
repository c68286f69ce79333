import type { Finding } from './doctor-finding.js';
import { inParallel } from './in-parallel.js';
import type { Session } from './session.js';

/** Znodes that others than the session's own ZooKeeper user may touch. */
export interface Unprotected {
  /** Open to the world. */
  readonly open: readonly string[];
  /** Another user's, of which this session can sign in as well: an earlier password. */
  readonly other: readonly string[];
}

const AT_A_TIME = 16;
const SHOWN = 5;

/** Looks at the access list of every znode below the root; finds nothing when the session does not sign in. @throws CoordinationError */
export async function readProtection(session: Session): Promise<Unprotected> {
  const open: string[] = [];
  const other: string[] = [];
  if (!session.protects) return { open, other };
  const look = async (path: string): Promise<void> => {
    const names = (await session.children(path)) ?? [];
    // ZooKeeper's own root is not ours, nor is what it keeps there.
    const foreignRoot = path === '/' && names.includes('zookeeper');
    if (!foreignRoot) {
      const protection = await session.protection(path);
      if (protection === 'open') open.push(path);
      if (protection === 'other') other.push(path);
    }
    const below = foreignRoot ? names.filter((name) => name !== 'zookeeper') : names;
    await inParallel(below, AT_A_TIME, (name) => look(path === '/' ? `/${name}` : `${path}/${name}`));
  };
  await look('/');
  return { open: open.sort(), other: other.sort() };
}

/** One finding for each kind, however many znodes: a tree that is not protected yet has thousands. Pure. */
export function diagnoseProtection({ open, other }: Unprotected): Finding[] {
  const found: Finding[] = [];
  if (open.length > 0) {
    const what = `${count(open)} open to everybody who can reach ZooKeeper: ${some(open)}`;
    found.push({ kind: 'open-to-the-world', path: '/', what, repair: { do: 'protect-nodes', paths: open } });
  }
  if (other.length > 0) {
    const what = `${count(other)} another ZooKeeper user's, or an earlier password's: ${some(other)}`;
    found.push({ kind: 'of-another-user', path: '/', what, repair: { do: 'protect-nodes', paths: other } });
  }
  return found;
}

/** Gives every one of the znodes to the session's user; those that are gone meanwhile need it no more. */
export async function protectAll(session: Session, paths: readonly string[]): Promise<void> {
  await inParallel(paths, AT_A_TIME, (path) => session.protect(path));
}

function count(paths: readonly string[]): string {
  return paths.length === 1 ? 'one znode is' : `${paths.length} znodes are`;
}

function some(paths: readonly string[]): string {
  const more = paths.length - SHOWN;
  return paths.slice(0, SHOWN).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
