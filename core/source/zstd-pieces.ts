import { Decompress } from 'fzstd';

const MAGIC = 0xfd2fb528;
const DICTIONARY_BYTES = [0, 1, 2, 4] as const;
const LAST_BLOCK = 1;
const RLE = 1;

/**
 * Decompresses zstd frames (RFC 8878) piece by piece: each step takes one block of the input, so that it gives at most 128 KiB, however well the data are
 * compressed, and nothing is done that is not asked for.
 * @throws RangeError when it is something else, or ends too early
 */
export function* zstdPieces(compressed: Buffer): Generator<Buffer> {
  for (let at = 0; at < compressed.length;) {
    const pieces: Buffer[] = [];
    const frame = new Decompress((bytes) => {
      if (bytes.length > 0) pieces.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    });
    const { blocks, checksum } = frameHeader(compressed, at);
    frame.push(compressed.subarray(at, blocks));
    at = blocks;
    for (let last = false; !last;) {
      if (at + 3 > compressed.length) throw new RangeError('compressed data end within a block');
      const head = compressed.readUIntLE(at, 3);
      last = (head & LAST_BLOCK) !== 0;
      const size = ((head >> 1) & 3) === RLE ? 1 : head >> 3;
      const end = at + 3 + size + (last && checksum ? 4 : 0);
      if (end > compressed.length) throw new RangeError('compressed data end within a block');
      frame.push(compressed.subarray(at, end), last);
      at = end;
      yield* pieces.splice(0);
    }
  }
}

/** Where the blocks of the frame begin, and whether a checksum follows them. */
function frameHeader(compressed: Buffer, start: number): { blocks: number; checksum: boolean } {
  if (start + 6 > compressed.length || compressed.readUInt32LE(start) !== MAGIC) {
    throw new RangeError('not a frame of zstd');
  }
  const descriptor = compressed.readUInt8(start + 4);
  const single = (descriptor >> 5) & 1;
  const contentSize = [single, 2, 4, 8][descriptor >> 6]!;
  const blocks = start + 5 + (1 - single) + DICTIONARY_BYTES[(descriptor & 3) as 0 | 1 | 2 | 3] + contentSize;
  if (blocks > compressed.length) throw new RangeError('compressed data end within a header');
  return { blocks, checksum: ((descriptor >> 2) & 1) === 1 };
}
