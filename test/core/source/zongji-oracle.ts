import ZongJi from '@vlasky/zongji';

/** What of zongji's row events is looked at. */
export interface ZongjiEvent {
  getTypeName(): string;
  readonly tableId?: number;
  readonly rows?: readonly Record<string, unknown>[];
  readonly tableMap?: Readonly<Record<number, { columnSchemas: readonly { COLUMN_NAME: string }[] }>>;
}

interface Packet {
  readonly buffer: Buffer;
  offset: number;
  end: number;
  isEOF(): boolean;
  isError(): boolean;
}

interface DumpCommand {
  binlogData(packet: Packet, connection: unknown): unknown;
}

/**
 * zongji's own decoder, fed with events by hand instead of by a server: it believes that it is connected to one of MySQL's whose binlog has checksums.
 * Each packet is the event with the zero byte that packets of a dump begin with.
 */
export async function zongjiDecoder(
  onEvent: (event: ZongjiEvent) => void,
): Promise<(buffer: Buffer, start: number, end: number) => void> {
  let command: DumpCommand | undefined;
  const connection = {
    config: {},
    on: () => undefined,
    query: (sql: string, answer: (error: null, rows: object[]) => void) => {
      setImmediate(answer, null, [{ version: '9.7.0', checksum: 'CRC32' }]);
    },
    addCommand: (added: DumpCommand) => (command = added),
  };
  class Fed extends ZongJi {
    _establishConnection(): void {
      Object.assign(this, { ctrlConnection: connection, connection });
    }
  }
  const zongji = new Fed({});
  const failed = new Promise<never>((_, reject) => zongji.on('error', reject));
  failed.catch(() => undefined);
  const options = { dateStrings: true, jsonStrings: true, timezone: 'Z' };
  Object.assign(connection.config, options);
  zongji.on('binlog', onEvent as never);
  await Promise.race([
    failed,
    new Promise<void>((resolve) => {
      zongji.on('ready', resolve);
      zongji.start({ filename: 'binlog.000001', position: 4 });
    }),
  ]);
  await new Promise(setImmediate);
  if (!command) throw new Error('zongji gave no dump command');
  const dump = command;
  const no = (): boolean => false;
  return (buffer, start, end) => {
    dump.binlogData({ buffer, offset: start - 1, end, isEOF: no, isError: no }, connection);
  };
}
