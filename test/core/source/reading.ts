import type { Position } from '../../../coordination/position.js';
import type { MysqlSource } from '../../../coordination/schema/task-spec.js';
import type { Row, RowChange, SchemaChange } from '../../../core/change.js';
import type { MysqlSourceOptions } from '../../../core/source/mysql-source.js';
import { createMysqlSource } from '../../../core/source/mysql-source.js';
import type { Chunk, Source } from '../../../core/source/source.js';

export type TestSource = Source & { readonly spec: MysqlSource };

/** A source on a test's server with short heartbeats. */
export function testSource(
  server: { host: string; port: number },
  tables: string[],
  more: Partial<Omit<MysqlSourceOptions, 'spec'>> & { from?: MysqlSource['from']; user?: string } = {},
): TestSource {
  const { from = 'latest', user = 'root', ...options } = more;
  const spec: MysqlSource = { mysql: { host: server.host, port: server.port, user }, tables, from };
  const source = createMysqlSource({
    task: 'test',
    heartbeatMs: 500,
    log: { info: () => undefined, warn: () => undefined },
    ...options,
    spec,
  });
  return Object.assign(source, { spec });
}

/** Reads in the background and keeps what comes. */
export class Reading {
  readonly chunks: Chunk[] = [];
  readonly changes: RowChange[] = [];
  readonly schemaChanges: SchemaChange[] = [];
  /** Settles with what ended the reading. */
  readonly ended: Promise<unknown>;
  readonly #abort = new AbortController();
  #outcome: { readonly thrown: unknown } | undefined;
  #look: (() => void) | undefined;

  constructor(source: Source, from: Position, onChunk: (chunk: Chunk) => Promise<void> | void = () => undefined) {
    this.ended = this.#run(source, from, onChunk);
  }

  /** The last chunk's end. */
  get end(): Position {
    const last = this.chunks.at(-1);
    if (!last) throw new Error('nothing was read yet');
    return last.end;
  }

  /** All rows so far as text like `insert t: 1,a`, an update with both images. */
  get lines(): string[] {
    return this.changes.flatMap(lines);
  }

  /** Resolves when the condition holds; rejects when the reading ends before. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.#outcome) throw this.#outcome.thrown;
      await new Promise<void>((resolve) => (this.#look = resolve));
    }
  }

  async untilLines(count: number): Promise<string[]> {
    await this.until(() => this.lines.length >= count);
    return this.lines;
  }

  /** Aborts; resolves when the source has let go of its connections. */
  async stop(): Promise<void> {
    this.#abort.abort(new Error('test is over'));
    await this.ended;
  }

  async #run(source: Source, from: Position, onChunk: (chunk: Chunk) => Promise<void> | void): Promise<unknown> {
    try {
      for await (const chunk of source.read(from, this.#abort.signal)) {
        this.chunks.push(chunk);
        for (const change of chunk.changes) {
          if (change.kind === 'schema') this.schemaChanges.push(change);
          else this.changes.push(change);
        }
        this.#look?.();
        await onChunk(chunk);
      }
    } catch (thrown) {
      this.#outcome = { thrown };
    }
    this.#look?.();
    return this.#outcome?.thrown;
  }
}

function lines(change: RowChange): string[] {
  const { table, rows } = change;
  return rows.map((row, i) => {
    const before = change.kind === 'update' ? `${cells(change.before[i]!)} -> ` : '';
    return `${change.kind} ${table.name}: ${before}${cells(row)}`;
  });
}

function cells(row: Row): string {
  return row.map((cell) => (Buffer.isBuffer(cell) ? cell.toString('hex') : String(cell))).join(',');
}

export const rowChanges = ({ changes }: Chunk): RowChange[] =>
  changes.flatMap((change) => (change.kind === 'schema' ? [] : [change]));

export const signal = (): AbortSignal => new AbortController().signal;
