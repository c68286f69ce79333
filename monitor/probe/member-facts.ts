/** What one of ZooKeeper's servers says of itself. */
export interface MemberFacts {
  /** `leader`, `follower`, `standalone`, `observer`; `none` when it is up and does not serve. */
  readonly mode: string;
  readonly connections: number;
}

/** What a member's answer to `srvr` says. */
export function parseSrvr(text: string): MemberFacts {
  const mode = /^Mode: (\w+)$/m.exec(text)?.[1] ?? 'none';
  return { mode, connections: Number(/^Connections: (\d+)$/m.exec(text)?.[1] ?? 0) };
}
