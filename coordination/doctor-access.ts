import type { z } from 'zod';
import type { Finding } from './doctor-finding.js';
import { inParallel } from './in-parallel.js';
import { ACCESS_NODES, paths } from './paths.js';
import { sessionKeysSchema, setupSchema, signedInSchema, tokenSchema, userSchema } from './schema/access.js';
import type { Session } from './session.js';
import { look, type ZnodeUnreadable } from './znode.js';

/** What is wrong below /access; audit records that cannot be read are passed over by their readers. */
export interface AccessTree {
  readonly unknown: readonly string[];
  readonly unreadable: readonly ZnodeUnreadable[];
}

const AT_A_TIME = 16;

/** Reads users, tokens, sessions and keys by their schemas. @throws CoordinationError */
export async function readAccess(session: Session): Promise<AccessTree> {
  const children = async (path: string): Promise<string[]> => ((await session.children(path)) ?? []).sort();
  const parts = await children(paths.access);
  if (parts.length === 0) return { unknown: [], unreadable: [] };
  const unknown = parts.filter((name) => !ACCESS_NODES.includes(name));
  const nodes: (readonly [string, z.ZodType])[] = [
    ...(await children(paths.users)).map((name) => [paths.user(name), userSchema] as const),
    ...(await children(paths.tokens)).map((id) => [paths.token(id), tokenSchema] as const),
    ...(await children(paths.sessions)).map((id) => [paths.session(id), signedInSchema] as const),
    [paths.sessionKeys, sessionKeysSchema],
    [paths.setup, setupSchema],
  ];
  const readings = await inParallel(nodes, AT_A_TIME, ([path, schema]) => look(session, path, schema));
  return { unknown, unreadable: readings.flatMap((found) => (found.kind === 'unreadable' ? [found.error] : [])) };
}

/** Names it; nothing of it is repaired, since a guess could let somebody in. Pure. */
export function diagnoseAccess({ unknown, unreadable }: AccessTree): Finding[] {
  const strangers = unknown.map((name): Finding => {
    const what = 'this version makes no node of this name; it is ignored';
    return {
      kind: 'unknown-node',
      path: `${paths.access}/${name}`,
      what,
      advice: 'it may belong to a newer version; otherwise delete it by hand',
    };
  });
  const broken = unreadable.map(({ path, faults }): Finding => {
    const what = `it cannot be read: ${faults.join('; ')}; whom it would let in stays out`;
    return { kind: 'unreadable', path, what, advice: 'delete it by hand, and make user or token anew' };
  });
  return [...strangers, ...broken];
}
