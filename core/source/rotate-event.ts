export interface Rotation {
  readonly file: string;
  readonly offset: number;
}

/** Where a ROTATE event points: an offset and the name of a file; undefined when that is none. */
export function rotatesTo(buffer: Buffer, body: number, end: number): Rotation | undefined {
  if (end < body + 9) return undefined;
  const file = buffer.toString('utf8', body + 8, end);
  const offset = Number(buffer.readBigUInt64LE(body));
  return /^[^\0-\x1f/\\:]+\.\d+$/.test(file) && Number.isSafeInteger(offset) && offset >= 4
    ? { file, offset }
    : undefined;
}
