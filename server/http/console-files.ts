import fastifyStatic from '@fastify/static';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { App } from './app.js';
import { sendProblem } from './problem.js';

/** Names of built files hold a hash of their content: they never change. */
const YEAR_S = 31_536_000;

/**
 * Serves the built console: its files, and for every other address of a page the page itself, which reads the address. Without a build a sentence
 * says how to make one.
 */
export async function consoleFiles(app: App, folder: string | undefined): Promise<void> {
  const built = folder !== undefined && existsSync(join(folder, 'index.html'));
  const plain = app as unknown as FastifyInstance;
  if (built) await plain.register(fastifyStatic, { root: folder, serve: false, cacheControl: false, etag: true });
  const page = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    if (!built) return reply.code(503).type('text/html; charset=utf-8').send(NOT_BUILT);
    return reply.header('cache-control', 'no-cache').sendFile('index.html');
  };
  if (built) {
    plain.get('/assets/*', { config: { role: 'public' }, schema: { hide: true } }, (request, reply) => {
      const { '*': path } = request.params as { '*': string };
      reply.header('cache-control', `public, max-age=${YEAR_S}, immutable`);
      return reply.sendFile(`assets/${path}`);
    });
  }
  plain.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0] ?? '';
    const wantsPage = request.method === 'GET' && !path.startsWith('/api/') && acceptsHtml(request);
    if (wantsPage && !/\.[A-Za-z0-9]{1,5}$/.test(path)) return page(request, reply);
    if (built && request.method === 'GET' && /^\/[A-Za-z0-9_-]+\.(svg|ico|png|webmanifest|txt)$/.test(path)) {
      if (existsSync(join(folder, path))) return reply.header('cache-control', 'no-cache').sendFile(path.slice(1));
    }
    return sendProblem(reply, {
      type: 'urn:mysql-replicator:problem:no-route',
      title: 'There is no such thing',
      status: 404,
      code: 'no-route',
      detail: `there is no ${request.method} ${path.slice(0, 200)}`,
    });
  });
}

function acceptsHtml(request: FastifyRequest): boolean {
  const { accept } = request.headers;
  return accept === undefined || accept.includes('text/html') || accept.includes('*/*');
}

const NOT_BUILT = `<!doctype html><meta charset="utf-8"><title>mysql-replicator</title>
<p>The console is not built in this checkout. Build it with <code>npm run build</code>, then start the Server again.
The API answers: <a href="/api/docs">/api/docs</a>.</p>
`;
