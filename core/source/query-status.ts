import { Cursor } from './cursor.js';
import { charsetOfCollation, textReader } from './text-reader.js';

const CHARSET = 4;
/** Bytes of a status variable of a QUERY event, by its code; -1: a length and so many bytes. In front of the character set there is nothing else. */
const SIZES: Readonly<Record<number, number>> = { 0: 4, 1: 8, 3: 4, 5: -1, 6: -1, 7: 2, 8: 2, 9: 8, 10: 4 };

/** The statement of a QUERY event in the character set in which it was sent; as UTF-8 where that is not said. */
export function statementText(buffer: Buffer, body: number, start: number, statement: Buffer): string {
  const cursor = new Cursor(buffer, body + 13, start);
  const end = body + 13 + buffer.readUInt16LE(body + 11);
  let read = undefined;
  while (cursor.at < end) {
    const code = cursor.uint(1);
    if (code === CHARSET) {
      const charset = charsetOfCollation(cursor.uint(2));
      read = charset === undefined || charset === 'binary' ? undefined : textReader(charset);
      break;
    }
    const size = SIZES[code];
    if (size === undefined) break;
    cursor.skip(size < 0 ? cursor.uint(1) : size);
  }
  try {
    if (read) return read(statement, 0, statement.length);
  } catch {
    // A statement with bytes of another character set in it is still a statement; its names are most likely plain.
  }
  return statement.toString('utf8');
}
