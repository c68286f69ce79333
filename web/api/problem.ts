import type { Problem } from '../../server/api/schema/problem.js';

/** An answer that is not a success, or none at all (`code` `unreachable`). */
export class ApiProblem extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.name = 'ApiProblem';
    this.problem = problem;
  }

  get status(): number {
    return this.problem.status;
  }

  get code(): string {
    return this.problem.code;
  }
}

/** Nothing answered: the network, or every Server, is gone. */
export function unreachable(): ApiProblem {
  return new ApiProblem({
    type: 'about:blank',
    title: 'unreachable',
    status: 0,
    code: 'unreachable',
    detail: 'The Server does not answer.',
  });
}

export function isProblem(thrown: unknown, code?: string): thrown is ApiProblem {
  return thrown instanceof ApiProblem && (code === undefined || thrown.code === code);
}

/** Whether the same request may succeed later by itself. */
export function isPassing(thrown: unknown): boolean {
  return thrown instanceof ApiProblem && (thrown.status === 0 || thrown.status >= 500);
}
