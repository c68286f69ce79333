import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { serverFileSchema, type ServerFile } from '../server/access/settings.js';
import { CliError } from './exit-codes.js';

/** Reads the Server's configuration file; without one everything is as it is by default. @throws CliError 'usage' with all faults */
export function readServerFile(path: string | undefined): ServerFile {
  if (path === undefined) return serverFileSchema.parse({});
  let content: unknown;
  try {
    content = parse(readFileSync(path, 'utf8'), { prettyErrors: false }) ?? {};
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new CliError('usage', `--config: ${path} cannot be read (${code ?? 'unknown error'})`, { cause });
  }
  const result = serverFileSchema.safeParse(content);
  if (!result.success) {
    const faults = result.error.issues.map(({ path: keys, message }) => ({ path: keys.join('.'), problem: message }));
    throw new CliError('usage', `--config: ${path} is not a Server's configuration`, {
      faults,
      remedy: 'correct the file; docs/server.md describes every key',
    });
  }
  if (result.data.oidc !== undefined && result.data.publicUrl === undefined) {
    throw new CliError('usage', `--config: ${path}: oidc needs publicUrl, which the provider sends people back to`);
  }
  return result.data;
}
