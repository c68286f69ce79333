import { parseTaskFile } from '../../coordination/task-file.js';
import type { KeyRing } from '../../coordination/sealed-secret.js';
import { requireSealsOpen } from '../../coordination/task-secrets.js';
import type { TaskSpec } from '../../coordination/schema/task-spec.js';
import { HttpProblem } from '../http/problem.js';

/**
 * A task from a request's body, YAML or JSON, by the same parser as `task register -f`: the same faults in the same words, with the line where
 * the text has lines.
 * @param ring seals the secrets that are written out
 * @throws TaskFileInvalid, HttpProblem 400, Failure `secret-missing`
 */
export function taskOfBody(body: unknown, ring: KeyRing | undefined): TaskSpec {
  const spec = parse(body, ring);
  requireSealsOpen(spec, ring);
  return spec;
}

function parse(body: unknown, ring: KeyRing | undefined): TaskSpec {
  if (typeof body === 'string') return parseTaskFile(body, 'the task', ring);
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new HttpProblem(400, 'request-invalid', 'the body is no task', {
      remedy: 'send the task as a JSON object, or as YAML with content-type application/yaml',
    });
  }
  const spec = (body as { spec?: unknown }).spec;
  const task = typeof spec === 'object' && spec !== null ? spec : body;
  return parseTaskFile(JSON.stringify(task, undefined, 1), 'the task', ring);
}
