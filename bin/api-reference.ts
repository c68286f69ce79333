import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createLogger } from '../coordination/log.js';
import { ServerAccess } from '../server/access/access.js';
import { serverFileSchema } from '../server/access/settings.js';
import { apiMarkdown } from '../server/http/api-markdown.js';
import { apiDocument } from '../server/http/openapi.js';
import type { ServerParts } from '../server/parts.js';
import { buildApp } from '../server/server.js';

/** A configuration with every route that a Server may have. */
const EVERYTHING = {
  publicUrl: 'https://replicator.example',
  oidc: { issuer: 'https://sso.example', clientId: 'mysql-replicator', roles: {} },
};

/** The reference of the HTTP API as Markdown, made from the routes themselves. Nothing is asked of them, so they need nothing behind them. */
export async function apiReference(): Promise<string> {
  const log = createLogger({ level: 'silent', pretty: false });
  const access = new ServerAccess({ settings: serverFileSchema.parse(EVERYTHING), log, onSetup: () => undefined });
  const app = await buildApp({ access, log, version: '1', console: undefined }, {} as ServerParts);
  await app.ready();
  try {
    return apiMarkdown(apiDocument(app));
  } finally {
    await app.close();
  }
}

const self = fileURLToPath(import.meta.url);
if (process.argv[1] === self) {
  writeFileSync(new URL('../../docs/api.md', import.meta.url), await apiReference());
}
