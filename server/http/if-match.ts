import type { FastifyRequest } from 'fastify';
import { HttpProblem } from './problem.js';

/** The write that the caller looked at, from `If-Match: "<version>"`; `undefined` without the header, or with `*`. @throws HttpProblem 400 */
export function ifMatch(request: FastifyRequest): number | undefined {
  const header = request.headers['if-match'];
  if (header === undefined || header.trim() === '*') return undefined;
  const match = /^(?:W\/)?"?(\d{1,16})"?$/.exec(header.trim());
  if (!match) {
    throw new HttpProblem(400, 'if-match-invalid', 'If-Match is not a version', {
      remedy: 'send the `version` of the answer that you looked at: If-Match: "12345"',
    });
  }
  return Number(match[1]);
}

/** As `ifMatch`, where a lost update is possible without it. @throws HttpProblem 428 */
export function requireIfMatch(request: FastifyRequest): number {
  const version = ifMatch(request);
  if (version !== undefined) return version;
  throw new HttpProblem(428, 'if-match-missing', 'say which version you looked at, so that no other change is lost', {
    remedy: 'send If-Match: "<version>" with the `version` of the task that you read',
  });
}
