/**
 * Protocol Buffers' zig-zag varints, which Kafka's record format uses for lengths, counts and deltas: only 0 to 2^31-1 and -1
 * occur here.
 */

/** Bytes that the value takes. */
export function varintSize(value: number): number {
  if (value < 64) return 1;
  if (value < 8_192) return 2;
  if (value < 1_048_576) return 3;
  return value < 134_217_728 ? 4 : 5;
}

/** Writes the value and returns where the next byte goes. */
export function writeVarint(bytes: Buffer, at: number, value: number): number {
  let rest = value < 0 ? 1 : (value << 1) >>> 0;
  while (rest > 127) {
    bytes[at++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  bytes[at++] = rest;
  return at;
}

/** The value at a place, and where the next byte is. */
export function readVarint(bytes: Buffer, at: number): [value: number, next: number] {
  let raw = 0;
  let shift = 0;
  let byte: number;
  do {
    byte = bytes[at++]!;
    raw |= (byte & 127) << shift;
    shift += 7;
  } while (byte > 127);
  return [(raw >>> 1) ^ -(raw & 1), at];
}
