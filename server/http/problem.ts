import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { FAILURES, Failure } from '../../coordination/failure.js';
import type { Logger } from '../../coordination/log.js';
import { CoordinationError, type CoordinationErrorKind } from '../../coordination/session.js';
import { TaskFileInvalid } from '../../coordination/task-file.js';
import type { FaultAnswer, Problem } from '../api/schema/problem.js';

export interface ProblemDetail {
  readonly place?: string | undefined;
  readonly remedy?: string | undefined;
  readonly faults?: readonly FaultAnswer[] | undefined;
  /** What is there now, on a conflict. */
  readonly current?: unknown;
}

/** An error that the caller can act on; everything else that a handler throws is unexpected. */
export class HttpProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly detail: ProblemDetail;

  constructor(status: number, code: string, message: string, detail: ProblemDetail = {}) {
    super(message);
    this.name = 'HttpProblem';
    this.status = status;
    this.code = code;
    this.detail = detail;
  }
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'The request is not valid',
  401: 'Sign in first',
  403: 'Your role does not allow this',
  404: 'There is no such thing',
  405: 'This cannot be done here',
  408: 'The request took too long',
  409: 'It conflicts with what is there',
  412: 'It was changed meanwhile',
  413: 'The request is too large',
  415: 'This content type is not taken',
  422: 'It cannot be used',
  428: 'Say which version you looked at',
  429: 'Too many requests',
  431: 'The request’s headers are too large',
  500: 'Unexpected error',
  502: 'A source or sink cannot be used',
  503: 'ZooKeeper cannot be reached',
};

const COORDINATION: Readonly<Record<CoordinationErrorKind, number>> = {
  'session-over': 503,
  'connect-timeout': 503,
  'unresolvable-host': 503,
  'auth-failed': 503,
  'node-exists': 409,
  'no-node': 404,
  'not-empty': 409,
  'version-conflict': 409,
  'too-large': 413,
  'invalid-argument': 400,
  'task-running': 409,
  unexpected: 500,
};

/** Turns anything thrown into the answer that its caller gets. What is unexpected is told by its request's number only. */
export function asProblem(thrown: unknown, requestId: string): Problem {
  if (thrown instanceof HttpProblem) return answer(thrown.status, thrown.code, thrown.message, thrown.detail);
  if (thrown instanceof TaskFileInvalid) {
    const faults = thrown.faults.map(({ problem, ...fault }) => ({ ...defined(fault), message: problem }));
    return answer(400, 'task-invalid', thrown.message, { remedy: thrown.remedy, faults: faults as FaultAnswer[] });
  }
  if (thrown instanceof CoordinationError) {
    return answer(COORDINATION[thrown.kind], thrown.kind, thrown.message, { place: thrown.path });
  }
  if (thrown instanceof Failure) {
    const { kind, message, place, remedy } = thrown;
    const status = kind === 'internal' ? 500 : FAILURES[kind].then === 'retry' ? 502 : 422;
    if (status !== 500) return answer(status, kind, message, { place, remedy });
  }
  if (hasZodFastifySchemaValidationErrors(thrown)) {
    const where = thrown.validationContext ?? 'request';
    const faults = thrown.validation.map(({ instancePath, message }) => {
      const path = instancePath.replace(/^\//, '').replaceAll('/', '.');
      return { path: path === '' ? where : path, message: message ?? 'is not allowed here' };
    });
    return answer(400, 'request-invalid', `the ${where} is not what this route takes`, { faults });
  }
  const error = thrown as Partial<FastifyError>;
  const status = error.statusCode ?? 500;
  if (status >= 400 && status < 500) {
    return answer(status, (error.code ?? 'request-invalid').toLowerCase(), error.message ?? 'the request is not valid');
  }
  return answer(500, 'internal', `an unexpected error; the Server’s log has it under request ${requestId}`);
}

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  return reply
    .code(problem.status)
    .header('cache-control', 'no-store')
    .type('application/problem+json')
    .serializer((value: unknown) => JSON.stringify(value))
    .send(problem);
}

/** The one place where an error becomes an answer. */
export function newErrorHandler(log: Logger) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const problem = asProblem(error, request.id);
    const fields = { request: request.id, method: request.method, url: request.url.split('?')[0], code: problem.code };
    if (problem.status >= 500 && problem.status !== 503) log.error({ ...fields, err: error }, 'a request failed');
    else log.debug({ ...fields, status: problem.status }, 'a request was refused');
    sendProblem(reply, problem);
  };
}

function answer(status: number, code: string, message: string, detail: ProblemDetail = {}): Problem {
  return {
    type: `urn:mysql-replicator:problem:${code}`,
    title: TITLES[status] ?? 'Error',
    status,
    code,
    detail: message,
    ...(defined(detail) as Pick<Problem, 'place' | 'remedy' | 'faults' | 'current'>),
  };
}

/** Without the keys that hold nothing. */
export function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, held]) => held !== undefined)) as T;
}
