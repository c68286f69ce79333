import { parseTaskFile } from '../../coordination/task-file.js';
import type { TaskSpec } from '../../coordination/schema/task-spec.js';
import { HttpProblem } from '../http/problem.js';

/**
 * A task from a request's body, YAML or JSON, by the same parser as `task register -f`: the same faults in the same words, with the line where
 * the text has lines.
 * @throws TaskFileInvalid, HttpProblem 400
 */
export function taskOfBody(body: unknown): TaskSpec {
  if (typeof body === 'string') return parseTaskFile(body, 'the task');
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new HttpProblem(400, 'request-invalid', 'the body is no task', {
      remedy: 'send the task as a JSON object, or as YAML with content-type application/yaml',
    });
  }
  const spec = (body as { spec?: unknown }).spec;
  const task = typeof spec === 'object' && spec !== null ? spec : body;
  return parseTaskFile(JSON.stringify(task, undefined, 1), 'the task');
}
