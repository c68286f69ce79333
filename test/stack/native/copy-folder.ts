import { rename, rm } from 'node:fs/promises';
import { runCommand } from '../run-command.js';

/**
 * Copies a folder, which is there completely or not at all; file systems that can share blocks do not copy a byte.
 * `to` must not exist and its parent must.
 */
export async function copyFolder(from: string, to: string, signal?: AbortSignal): Promise<void> {
  const copying = `${to}.copying`;
  await rm(copying, { recursive: true, force: true });
  await runCommand(['cp', '-a', '--reflink=auto', '--', from, copying], { signal });
  await rename(copying, to);
}
