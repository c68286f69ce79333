import assert from 'node:assert/strict';
import { randomBytes, randomInt } from 'node:crypto';
import { test } from 'node:test';
import type { Column } from '../../../core/change.js';
import { ByteOutput } from '../../../core/format/byte-output.js';
import { columnJson } from '../../../core/format/column-json.js';
import { FIXED_ROOM, imageColumn } from '../../../core/format/image-column.js';
import { Cursor } from '../../../core/source/cursor.js';
import { storedSize } from '../../../core/source/stored-size.js';
import { valueReader, type ColumnLayout } from '../../../core/source/value-reader.js';
import { column } from '../sink/fixtures.js';

const TIMES = 2_000;

interface Kind {
  readonly layout: Partial<ColumnLayout> & { readonly type: number };
  readonly column?: Partial<Column>;
  /** The stored bytes of some value. */
  readonly bytes: () => Buffer;
}

/** A date, perhaps with a month or day of zero. */
function date(): Buffer {
  const bytes = Buffer.alloc(3);
  bytes.writeUIntLE((randomInt(10_000) << 9) | (randomInt(13) << 5) | randomInt(32), 0, 3);
  return bytes;
}

const any = (size: number) => () => randomBytes(size);

/** Text or bytes with their length in front. */
function counted(prefix: number, bytes: Buffer): Buffer {
  const length = Buffer.alloc(prefix);
  length.writeUIntLE(bytes.length, 0, prefix);
  return Buffer.concat([length, bytes]);
}

const ODD = [
  '"',
  '\\',
  '\n',
  '\u0001',
  '\u007f',
  'é',
  '漢',
  '\u2028',
  '\ufffd',
  '😀',
  'x'.repeat(40),
  '\u0000',
  '~',
  ' ',
];

function text(): Buffer {
  return Buffer.from(Array.from({ length: randomInt(8) }, () => ODD[randomInt(ODD.length)]).join(''));
}

/** Big-endian digits of a fraction of a second, and what comes before them. */
function withFraction(before: Buffer, decimals: number): Buffer {
  const size = Math.ceil(decimals / 2);
  if (size === 0) return before;
  const fraction = Buffer.alloc(size);
  const unit = decimals % 2 === 1 ? 10 : 1;
  fraction.writeUIntBE(randomInt(10 ** decimals) * unit, 0, size);
  return Buffer.concat([before, fraction]);
}

function datetime(decimals: number): Buffer {
  const year = randomInt(10) === 0 ? randomInt(10_000) : 1950 + randomInt(100);
  const months = year * 13 + randomInt(13);
  const clock = (randomInt(24) << 12) | (randomInt(60) << 6) | randomInt(60);
  const bytes = Buffer.alloc(5);
  bytes.writeUIntBE(2 ** 39 + months * 2 ** 22 + randomInt(32) * 2 ** 17 + clock, 0, 5);
  return withFraction(bytes, decimals);
}

/** As the server's decimal2bin. */
function decimal(precision: number, scale: number): Buffer {
  const sizes = [0, 1, 1, 2, 2, 3, 3, 4, 4, 4];
  const whole = precision - scale;
  const groups = [whole % 9, ...Array<number>(Math.trunc(whole / 9)).fill(9), ...Array<number>(Math.trunc(scale / 9)).fill(9), scale % 9]; // prettier-ignore
  const parts = groups.map((digits) => {
    const bytes = Buffer.alloc(sizes[digits]!);
    if (digits > 0) bytes.writeUIntBE(randomInt(3) === 0 ? 0 : randomInt(10 ** digits), 0, bytes.length);
    return bytes;
  });
  const bytes = Buffer.concat(parts);
  if (bytes.some((byte) => byte !== 0) && randomInt(2) === 0)
    for (const [i, byte] of bytes.entries()) bytes[i] = byte ^ 0xff;
  bytes[0]! ^= 0x80;
  return bytes;
}

const DECIMALS: readonly (readonly [number, number])[] = [[12, 2], [1, 0], [5, 5], [9, 0], [18, 9], [36, 18], [18, 0], [10, 1], [27, 9], [65, 30], [20, 2]]; // prettier-ignore

const KINDS: Readonly<Record<string, Kind>> = {
  ...Object.fromEntries(
    [1, 2, 3, 8, 9].flatMap((type) =>
      [true, false].map((unsigned): [string, Kind] => {
        const size = { 1: 1, 2: 2, 3: 4, 8: 8, 9: 3 }[type]!;
        const small = (): Buffer => Buffer.concat([randomBytes(1), Buffer.alloc(size - 1, randomInt(2) === 0 ? 0 : 255)]);
        return [`integer ${type}, unsigned ${unsigned}`, { layout: { type, unsigned }, bytes: () => (randomInt(2) === 0 ? small() : randomBytes(size)) }];
      }),
    ),
  ),
  double: { layout: { type: 5 }, bytes: any(8) },
  'double of a quotient': {
    layout: { type: 5 },
    bytes: () => {
      const bytes = Buffer.alloc(8);
      bytes.writeDoubleLE(randomInt(1_000_000) / [1, 7, 100, -3][randomInt(4)]!);
      return bytes;
    },
  },
  float: { layout: { type: 4 }, bytes: any(4) },
  ...Object.fromEntries(
    DECIMALS.map(([p, s]) => [`decimal ${p},${s}`, { layout: { type: 246, metadata: [p, s] }, column: { decimals: s }, bytes: () => decimal(p, s) }]),
  ),
  year: { layout: { type: 13 }, bytes: any(1) },
  date: { layout: { type: 10 }, bytes: date },
  'date, not null': { layout: { type: 10 }, column: { nullable: false }, bytes: () => Buffer.from([randomInt(32), 0, 0]) },
  ...Object.fromEntries(
    [0, 1, 2, 3, 4, 5, 6].flatMap((decimals): [string, Kind][] => [
      [`datetime ${decimals}`, { layout: { type: 18, metadata: [decimals, 0] }, column: { decimals }, bytes: () => datetime(decimals) }],
      [`timestamp ${decimals}`, { layout: { type: 17, metadata: [decimals, 0] }, column: { decimals, nullable: decimals % 2 === 0 }, bytes: () => withFraction(randomInt(9) === 0 ? Buffer.alloc(4) : randomBytes(4), decimals) }],
    ]),
  ),
  time: { layout: { type: 19, metadata: [0, 0] }, bytes: () => Buffer.from([randomInt(2) === 0 ? 0x80 : 0x7f, randomInt(256), randomInt(256)]) },
  'utf8 text': { layout: { type: 15, metadata: [200, 0], charset: 'utf8mb4' }, bytes: () => counted(1, text()) },
  'utf8 long text': { layout: { type: 252, metadata: [3, 0], charset: 'utf8mb3' }, bytes: () => counted(3, text()) },
  'latin1 text': { layout: { type: 15, metadata: [300, 0], charset: 'latin1' }, bytes: () => counted(2, randomBytes(randomInt(20))) },
  blob: { layout: { type: 252, metadata: [2, 0], charset: 'binary' }, bytes: () => counted(2, randomBytes(randomInt(100))) },
  binary: { layout: { type: 254, metadata: [16, 0], charset: 'binary' }, column: { length: 16 }, bytes: () => counted(1, randomBytes(randomInt(17))) },
  enum: { layout: { type: 247, metadata: [1, 0], members: ['a', '"b"', 'ç'] }, bytes: () => Buffer.from([randomInt(4)]) },
  set: { layout: { type: 248, metadata: [1, 0], members: ['a', 'b,', 'ç'] }, bytes: () => Buffer.from([randomInt(8)]) },
  bit: { layout: { type: 16, metadata: [1, 1] }, column: { length: 9 }, bytes: any(2) },
}; // prettier-ignore

for (const [name, kind] of Object.entries(KINDS)) {
  test(`the bytes of the value's JSON, and the size of the value: ${name}`, () => {
    const layout: ColumnLayout = {
      metadata: [0, 0],
      unsigned: false,
      charset: undefined,
      members: undefined,
      ...kind.layout,
    };
    const described = column('c', {
      charset: layout.charset,
      type: layout.type,
      unsigned: layout.unsigned,
      ...kind.column,
    });
    const read = valueReader(layout)!;
    const json = columnJson(described);
    const write = imageColumn(layout, described, read);
    const size = storedSize(layout)!;
    for (let i = 0; i < TIMES; i++) {
      const bytes = kind.bytes();
      const value = new Cursor(bytes, 0);
      const expected = json(read(value));
      const from = new Cursor(bytes, 0);
      const to = new ByteOutput(Buffer.alloc(1));
      to.reserve(FIXED_ROOM);
      write(from, to);
      assert.equal(to.bytes.toString('utf8', 0, to.at), expected, bytes.toString('hex'));
      assert.equal(from.at, value.at);
      assert.equal(size >= 0 ? size : -size + bytes.readUIntLE(0, -size), bytes.length);
    }
  });
}

test('bytes that are no UTF-8 are refused, whichever way they go', () => {
  const layout: ColumnLayout = {
    type: 15,
    metadata: [200, 0],
    unsigned: false,
    charset: 'utf8mb4',
    members: undefined,
  };
  const read = valueReader(layout)!;
  const described = column('c', { charset: 'utf8mb4' });
  const write = imageColumn(layout, described, read);
  const said = (way: () => unknown): unknown => {
    try {
      return way();
    } catch (error) {
      return (error as Error).name;
    }
  };
  for (let i = 0; i < TIMES; i++) {
    const bytes = counted(1, Buffer.concat([text(), randomBytes(1 + randomInt(3)), text()]));
    const to = new ByteOutput(Buffer.alloc(FIXED_ROOM));
    const byImage = said(() => {
      write(new Cursor(bytes, 0), to);
      return to.bytes.toString('utf8', 0, to.at);
    });
    assert.equal(byImage, said(() => columnJson(described)(read(new Cursor(bytes, 0)))), bytes.toString('hex')); // prettier-ignore
  }
});
