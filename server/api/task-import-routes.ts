import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { TaskSpec } from '../../coordination/schema/task-spec.js';
import { registerWithVersion } from '../../coordination/task-edit.js';
import { splitDocuments } from '../../coordination/task-yaml.js';
import type { App } from '../http/app.js';
import { asProblem, HttpProblem } from '../http/problem.js';
import type { ServerParts } from '../parts.js';
import { importAnswer, importQuery, type ImportAnswer } from './schema/task-orders.js';
import { taskOfBody } from './task-text.js';

type Result = ImportAnswer['results'][number];
const DOCUMENTS_AT_MOST = 5_000;

/** Registering many tasks at once, from a YAML text of several documents. */
export function taskImportRoutes(app: App, parts: ServerParts): void {
  app.post(
    '/api/v1/tasks/import',
    {
      config: { role: 'operator', audit: 'task.import' },
      // A thousand tasks are a megabyte.
      bodyLimit: 16 * 1_048_576,
      schema: {
        tags: ['versions'],
        summary:
          'Register the tasks of a YAML text (documents separated by ---), or of a JSON list. Each is done or fails by itself.',
        consumes: ['application/yaml', 'application/json'],
        body: z.union([z.string(), z.array(z.unknown())]),
        querystring: importQuery,
        response: { 200: importAnswer },
      },
    },
    async (request): Promise<ImportAnswer> => {
      const { body } = request;
      const documents: unknown[] = typeof body === 'string' ? splitDocuments(body) : body;
      if (documents.length === 0) throw new HttpProblem(400, 'request-invalid', 'the text holds no task');
      if (documents.length > DOCUMENTS_AT_MOST) {
        throw new HttpProblem(413, 'too-many', `${DOCUMENTS_AT_MOST} tasks at most are taken at once`);
      }
      const replace = request.query.replace === 'true';
      const dryRun = request.query.dryRun === 'true';
      const results: Result[] = [];
      for (const [i, document] of documents.entries()) {
        results.push({
          document: i + 1,
          ...(await one(parts, document, { replace, dryRun, who: request.who!.name }, request.id)),
        });
      }
      request.audited = { object: 'tasks', after: results.map(({ task, outcome }) => ({ task, outcome })) };
      return { results };
    },
  );
}

async function one(
  parts: ServerParts,
  document: unknown,
  { replace, dryRun, who }: { replace: boolean; dryRun: boolean; who: string },
  requestId: string,
): Promise<Omit<Result, 'document'>> {
  let spec: TaskSpec;
  try {
    spec = taskOfBody(document);
  } catch (error) {
    const { detail, faults } = asProblem(error, requestId);
    return { outcome: 'invalid', detail, ...(faults !== undefined && { faults }) };
  }
  const task = spec.name;
  const record = parts.view.task(task)?.spec;
  const there = record !== undefined && record.kind !== 'absent';
  const same = record?.kind === 'present' && isDeepStrictEqual(record.value, spec);
  if (there && !same && !replace) {
    return {
      task,
      outcome: 'conflict',
      detail: 'another configuration is registered; replace=true puts this one in its place',
    };
  }
  if (dryRun) return { task, outcome: same ? 'unchanged' : there ? 'would-replace' : 'would-register' };
  try {
    return { task, outcome: await registerWithVersion(parts.link.session(), spec, who, { replace }) };
  } catch (error) {
    const { detail, status } = asProblem(error, requestId);
    return { task, outcome: status === 409 ? 'conflict' : 'failed', detail };
  }
}
