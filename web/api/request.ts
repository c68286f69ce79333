import type { Problem } from '../../server/api/schema/problem.js';
import { createStore } from '../state/store.js';
import { ApiProblem, unreachable } from './problem.js';

const BASE = '/api/v1';
const DEADLINE_MS = 70_000;

/** Grows whenever an answer says that nobody is signed in: the session ended, or was revoked. */
export const signedOut = createStore(0);

export interface RequestOptions {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Sent as JSON; a text is sent as YAML. */
  readonly body?: unknown;
  /** The version that was looked at. */
  readonly ifMatch?: number | undefined;
  readonly signal?: AbortSignal;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
}

/** One request to the API. @throws ApiProblem */
export async function request<Answer>(path: string, options: RequestOptions = {}): Promise<Answer> {
  const response = await send(path, options);
  const type = response.headers.get('content-type') ?? '';
  const answer: unknown = type.includes('json') ? await response.json().catch(() => undefined) : await response.text();
  if (response.ok) return answer as Answer;
  if (response.status === 401 && !path.startsWith('/session')) signedOut.set((count) => count + 1);
  throw new ApiProblem(asProblem(answer, response));
}

async function send(path: string, { method = 'GET', body, ifMatch, signal, query }: RequestOptions): Promise<Response> {
  const headers: Record<string, string> = { accept: 'application/json, application/yaml, application/problem+json' };
  if (method !== 'GET') headers['content-type'] = typeof body === 'string' ? 'application/yaml' : 'application/json';
  if (ifMatch !== undefined) headers['if-match'] = `"${ifMatch}"`;
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  try {
    return await fetch(`${BASE}${path}${queryText(query)}`, {
      method,
      headers,
      credentials: 'same-origin',
      signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
      ...(method === 'GET' ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body ?? {}) }),
    });
  } catch (thrown) {
    if (signal?.aborted === true) throw thrown;
    throw unreachable();
  }
}

function queryText(query: RequestOptions['query']): string {
  const parts = Object.entries(query ?? {}).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [`${encodeURIComponent(name)}=${encodeURIComponent(value)}`],
  );
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}

function asProblem(answer: unknown, response: Response): Problem {
  if (typeof answer === 'object' && answer !== null && 'code' in answer && 'detail' in answer) return answer as Problem;
  return {
    type: 'about:blank',
    title: response.statusText,
    status: response.status,
    code: `http-${response.status}`,
    detail: response.statusText === '' ? `HTTP ${response.status}` : response.statusText,
  };
}
