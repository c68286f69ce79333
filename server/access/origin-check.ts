import type { FastifyRequest } from 'fastify';
import { AccessRefused } from './refused.js';

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses what another site makes a browser send. Browsers name the page's origin with every request that may change something; where they do
 * not, they say whether it is another site's. A program that sends neither has no cookies of anybody's browser. Besides, cookies are
 * same-site, and bodies have content types that another site's form cannot have.
 * @throws AccessRefused `cross-site`
 */
export function requireSameOrigin(request: FastifyRequest, publicUrl: string | undefined, cookie: boolean): void {
  if (SAFE.has(request.method)) return;
  const { origin } = request.headers;
  const site = request.headers['sec-fetch-site'];
  if (origin !== undefined) {
    if (isOwn(origin, request, publicUrl)) return;
  } else if (site === 'same-origin' || (site === undefined && !cookie)) return;
  throw new AccessRefused('cross-site', 'this request was not made by the console of this Server');
}

function isOwn(origin: string, request: FastifyRequest, publicUrl: string | undefined): boolean {
  if (publicUrl !== undefined) return origin === new URL(publicUrl).origin;
  try {
    return new URL(origin).host === new URL(`${request.protocol}://${request.host}`).host;
  } catch {
    return false;
  }
}
