import type { Change, RowChange } from '../../../core/change.js';
import { ByteOutput } from '../../../core/format/byte-output.js';
import { createDebeziumFormat } from '../../../core/format/debezium.js';
import type { RecordHeader, RecordOutput } from '../../../core/format/record-output.js';

/** The records of a change. @throws Failure source-unreadable */
export function encoded(change: Change): CollectedRecords {
  const output = new CollectedRecords();
  createDebeziumFormat({ task: 'test', tombstones: true }).encode(change, output);
  return output;
}

/** The same change with its rows as values only. */
export function withoutImages(change: RowChange): RowChange {
  const { kind, table, place, rows } = change;
  return kind === 'update' ? { kind, table, place, rows, before: change.before } : { kind, table, place, rows };
}

export interface Collected {
  readonly row: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly header?: RecordHeader | undefined;
}

/** Keeps records as text, whichever way they come. */
export class CollectedRecords implements RecordOutput {
  readonly records: Collected[] = [];
  /** How many of them came as bytes. */
  asBytes = 0;
  readonly #out = new ByteOutput(Buffer.alloc(16));
  #row = 0;
  #key: string | null = null;

  record(row: number, key: string | null, value: string | null, header?: RecordHeader): void {
    this.records.push({ row, key, value, ...(header && { header }) });
  }

  open(row: number, key: ByteOutput | null): ByteOutput {
    this.#row = row;
    this.#key = key && textOf(key);
    this.#out.at = 0;
    return this.#out;
  }

  close(): void {
    this.asBytes++;
    this.record(this.#row, this.#key, textOf(this.#out));
  }

  tombstone(row: number, key: ByteOutput): void {
    this.asBytes++;
    this.record(row, textOf(key), null);
  }
}

function textOf(out: ByteOutput): string {
  return out.bytes.toString('utf8', 0, out.at);
}
