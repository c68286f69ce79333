import { CliError } from './exit-codes.js';

/** Reads `host:port`; without a host it is every address. @throws CliError 'usage' */
export function parseListen(text: string, option: string): { host: string; port: number } {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (!match || port > 65_535) {
    throw new CliError('usage', `${option} ${JSON.stringify(text.slice(0, 80))} is no address`, {
      remedy: 'give HOST:PORT, e.g. 127.0.0.1:8080, 0.0.0.0:8080 or [::]:8080',
    });
  }
  return { host: match[1] ?? (match[2] || '0.0.0.0'), port };
}
