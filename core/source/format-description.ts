export interface Format {
  /** Whether every event of the file ends with a CRC32. */
  readonly checksum: boolean;
}

const VERSION_BYTES = 50;
/** Binlog version, server version, time, header length. */
const FIXED_BYTES = 2 + VERSION_BYTES + 4 + 1;

/**
 * Reads what a FORMAT_DESCRIPTION event says of its file. The byte before its own checksum names the algorithm; servers before MySQL 5.6.1 have neither.
 * @throws RangeError for a version or an algorithm that this does not know
 */
export function readFormat(buffer: Buffer, body: number, end: number): Format {
  if (end < body + FIXED_BYTES + 5) throw new RangeError('a format description shorter than its fields');
  if (buffer.readUInt16LE(body) !== 4) throw new RangeError('a binlog of another version than 4');
  const version = buffer.toString('latin1', body + 2, body + 2 + VERSION_BYTES);
  const [, major = 0, minor = 0, patch = 0] = (/^(\d+)\.(\d+)\.(\d+)/.exec(version) ?? []).map(Number);
  if (major * 1e6 + minor * 1e3 + patch < 5_006_001) return { checksum: false };
  const algorithm = buffer[end - 5];
  if (algorithm !== 0 && algorithm !== 1 && algorithm !== 255) throw new RangeError(`unknown checksum ${algorithm}`);
  return { checksum: algorithm === 1 };
}
