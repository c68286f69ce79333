/**
 * The hash by which Kafka's Java client spreads keyed records over partitions (org.apache.kafka.common.utils.Utils.murmur2: Austin
 * Appleby's public-domain MurmurHash2, seed 0x9747b28c), over the first `length` bytes. Signed 32 bits.
 */
export function murmur2(bytes: Buffer, length: number): number {
  const m = 0x5bd1e995;
  let h = 0x9747b28c ^ length;
  const end = length & ~3;
  for (let i = 0; i < end; i += 4) {
    let k = Math.imul(bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24), m);
    k = Math.imul(k ^ (k >>> 24), m);
    h = Math.imul(h, m) ^ k;
  }
  const rest = length - end;
  if (rest >= 3) h ^= bytes[end + 2]! << 16;
  if (rest >= 2) h ^= bytes[end + 1]! << 8;
  if (rest >= 1) h = Math.imul(h ^ bytes[end]!, m);
  h = Math.imul(h ^ (h >>> 13), m);
  return h ^ (h >>> 15);
}

/** The partition that the Java client's default partitioner gives a record with this key. */
export function partitionOfKey(key: Buffer, length: number, partitions: number): number {
  return partitions === 1 ? 0 : (murmur2(key, length) & 0x7fffffff) % partitions;
}
