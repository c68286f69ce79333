import { open } from 'node:fs/promises';

const TAIL_BYTES = 3_000;

/** The last lines of a log file, or a few words if there are none. */
export async function tailOf(file: string): Promise<string> {
  const handle = await open(file).catch(() => undefined);
  if (handle === undefined) return '(there is no log)';
  try {
    const { size } = await handle.stat();
    const start = Math.max(0, size - TAIL_BYTES);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(TAIL_BYTES), 0, TAIL_BYTES, start);
    const text = buffer.toString('utf8', 0, bytesRead).trimEnd();
    return start > 0 ? text.slice(text.indexOf('\n') + 1) : text || '(it is empty)';
  } finally {
    await handle.close();
  }
}
