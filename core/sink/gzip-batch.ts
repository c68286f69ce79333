import { promisify } from 'node:util';
import { gzip, gzipSync } from 'node:zlib';
import { BATCH_OVERHEAD, type RecordBatch } from './record-batch.js';

const gzipped = promisify(gzip);

/** The batch with its records compressed, off this thread. */
export async function gzipBatch(batch: RecordBatch): Promise<RecordBatch> {
  const records = await gzipped(batch.bytes.subarray(BATCH_OVERHEAD));
  return { bytes: Buffer.concat([Buffer.alloc(BATCH_OVERHEAD), records]), count: batch.count, gzipped: true };
}

/** How large the batch would be on the wire. */
export function gzippedSize(batch: RecordBatch): number {
  return BATCH_OVERHEAD + gzipSync(batch.bytes.subarray(BATCH_OVERHEAD)).length;
}
