import { createHash } from 'node:crypto';

/** Who a task is to its source. */
export interface ReplicaIdentity {
  readonly serverId: number;
  readonly uuid: string;
}

/**
 * A task's identity as a replica, the same on every machine: the source ends an older dump when a newer one comes with the
 * same uuid, so that two readers of one task never run beside each other. Made ids lie in the upper half of the range, away from
 * the small numbers that people give their servers.
 */
export function replicaIdentity(task: string, serverId: number | undefined): ReplicaIdentity {
  const hash = createHash('sha256').update(`mysql-replicator/${task}`).digest();
  const id = serverId ?? 2 ** 31 + (hash.readUInt32BE(16) % (2 ** 31 - 1));
  hash[6] = (hash[6]! & 0x0f) | 0x80;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  const uuid = hash.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return { serverId: id, uuid };
}
