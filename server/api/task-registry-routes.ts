import { deleteTask } from '../../coordination/registry.js';
import type { TaskSpec } from '../../coordination/schema/task-spec.js';
import { CoordinationError } from '../../coordination/session.js';
import { editTask, registerWithVersion } from '../../coordination/task-edit.js';
import { TaskFileInvalid } from '../../coordination/task-file.js';
import { taskYaml } from '../../coordination/task-yaml.js';
import type { App } from '../http/app.js';
import { ifMatch, requireIfMatch } from '../http/if-match.js';
import { asProblem, defined, HttpProblem } from '../http/problem.js';
import type { ServerParts } from '../parts.js';
import { orConflict } from './conflicts.js';
import { taskParams } from './schema/task-list.js';
import {
  checkAnswer,
  checkQuery,
  deleted,
  deleteQuery,
  edited,
  instancesBody,
  registration,
  taskBody,
  type CheckAnswer,
} from './schema/task-orders.js';
import { requireSpec } from './task-reading.js';
import { taskOfBody } from './task-text.js';

const CHECK_MS = 30_000;

/** Registering, checking, editing and deleting tasks. */
export function taskRegistryRoutes(app: App, parts: ServerParts): void {
  const { link, ports } = parts;

  app.post(
    '/api/v1/tasks',
    {
      config: { role: 'operator', audit: 'task.register' },
      schema: {
        tags: ['tasks'],
        summary: 'Register a task. The same again is fine; another configuration of the name is a conflict.',
        consumes: ['application/json', 'application/yaml'],
        body: taskBody,
        response: { 200: registration, 201: registration },
      },
    },
    async (request, reply) => {
      const spec = taskOfBody(request.body);
      request.audited = { object: `tasks/${spec.name}`, after: spec };
      const session = link.session();
      const outcome = await registerWithVersion(session, spec, request.who!.name).catch((error: unknown) => {
        if (!(error instanceof CoordinationError) || error.kind !== 'node-exists') throw error;
        throw new HttpProblem(409, 'task-exists', `a task ${spec.name} with another configuration is registered`, {
          remedy: `edit it (PUT /api/v1/tasks/${spec.name}), or choose another name; nothing was changed`,
        });
      });
      const { version } = await requireSpec(session, spec.name);
      reply.code(outcome === 'registered' ? 201 : 200).header('etag', `"${version}"`);
      if (outcome === 'registered') reply.header('location', `/api/v1/tasks/${spec.name}`);
      return { task: spec.name, outcome, version };
    },
  );

  app.post(
    '/api/v1/tasks/check',
    {
      config: { role: 'operator', audit: false },
      schema: {
        tags: ['tasks'],
        summary: 'Can this task run? Its text first, then its source as this Server sees it. Changes nothing.',
        consumes: ['application/json', 'application/yaml'],
        body: taskBody,
        querystring: checkQuery,
        response: { 200: checkAnswer },
      },
    },
    async (request): Promise<CheckAnswer> => {
      let spec: TaskSpec;
      try {
        spec = taskOfBody(request.body);
      } catch (error) {
        if (!(error instanceof TaskFileInvalid)) throw error;
        return { errors: error.faults.length, faults: asProblem(error, request.id).faults ?? [], findings: [] };
      }
      const findings =
        request.query.source === 'false' ? [] : await ports.check(spec, requestSignal(request.raw, CHECK_MS));
      return {
        task: spec.name,
        errors: findings.filter(({ level }) => level === 'error').length,
        faults: [],
        findings: findings.map((finding) => defined(finding) as CheckAnswer['findings'][number]),
        exists: parts.view.task(spec.name)?.spec.kind === 'present',
        normalised: spec,
        yaml: taskYaml(spec),
      };
    },
  );

  app.put(
    '/api/v1/tasks/:task',
    {
      config: { role: 'operator', audit: 'task.edit' },
      schema: {
        tags: ['tasks'],
        summary: 'Put another configuration in the place of the one that was looked at (If-Match).',
        consumes: ['application/json', 'application/yaml'],
        params: taskParams,
        body: taskBody,
        response: { 200: edited },
      },
    },
    async (request, reply) => {
      const { task } = request.params;
      const spec = taskOfBody(request.body);
      if (spec.name !== task) {
        throw new HttpProblem(400, 'name-differs', `the configuration is of a task ${spec.name}, not of ${task}`, {
          faults: [{ path: 'name', message: 'a task keeps its name; register another one under the new name' }],
        });
      }
      const expected = requireIfMatch(request);
      const answer = await putSpec(parts, request.who!.name, spec, expected, 'edited', (before) => {
        request.audited = { before, after: spec };
      });
      reply.header('etag', `"${answer.version}"`);
      return answer;
    },
  );

  app.put(
    '/api/v1/tasks/:task/instances',
    {
      config: { role: 'operator', audit: 'task.instances' },
      schema: {
        tags: ['tasks'],
        summary: 'How many instances a task wants: 1 is cold standby, 2 and more hot standby (If-Match).',
        params: taskParams,
        body: instancesBody,
        response: { 200: edited },
      },
    },
    async (request, reply) => {
      const expected = requireIfMatch(request);
      const { spec } = await requireSpec(link.session(), request.params.task);
      const { instances } = request.body;
      request.audited = { before: { instances: spec.instances }, after: { instances } };
      const next = { ...spec, instances };
      const answer = await putSpec(parts, request.who!.name, next, expected, 'instances', () => undefined);
      reply.header('etag', `"${answer.version}"`);
      return answer;
    },
  );

  app.delete(
    '/api/v1/tasks/:task',
    {
      config: { role: 'operator', audit: 'task.delete' },
      schema: {
        tags: ['tasks'],
        summary: 'Delete a task with its position and history. What it delivered stays in Kafka.',
        params: taskParams,
        querystring: deleteQuery,
        response: { 200: deleted },
      },
    },
    async (request) => {
      const { task } = request.params;
      const expected = ifMatch(request);
      const session = link.session();
      return orConflict(parts, task, async () => {
        const found = await requireSpec(session, task).catch((error: unknown) => {
          // One that cannot be read can be deleted, too.
          if (error instanceof Error && error.name === 'ZnodeUnreadable') return undefined;
          throw error;
        });
        if (found !== undefined && expected !== undefined && found.version !== expected) {
          throw new CoordinationError('version-conflict', 'the configuration was changed meanwhile');
        }
        request.audited = { before: found?.spec };
        await deleteTask(session, task, { force: request.query.force === 'true' }).catch((error: unknown) => {
          if (!(error instanceof CoordinationError) || error.kind !== 'task-running') throw error;
          throw new HttpProblem(409, 'task-running', `${task} is running; nothing was deleted`, {
            remedy: 'pause it first, or delete it with force=true',
          });
        });
        return { task, stays: whatStays(task, found?.spec) };
      });
    },
  );
}

/** Writes a configuration in the place of the one that was looked at. @throws HttpProblem 404, 412 with what is there now */
export async function putSpec(
  parts: ServerParts,
  who: string,
  spec: TaskSpec,
  expected: number,
  note: string,
  onBefore: (before: TaskSpec | undefined) => void,
): Promise<{ version: number; outcome: 'changed' | 'unchanged' }> {
  const session = parts.link.session();
  return orConflict(parts, spec.name, async () => {
    const before = await requireSpec(session, spec.name).catch(() => undefined);
    onBefore(before?.spec);
    const outcome = await editTask(session, spec, expected, { who, note });
    const { version } = await requireSpec(session, spec.name);
    return { version, outcome };
  });
}

/** What a deletion leaves behind: the data and the position record are Kafka's. */
export function whatStays(task: string, spec: TaskSpec | undefined) {
  if (spec === undefined) {
    return {
      text: 'its configuration could not be read: what it delivered stays where it is',
      brokers: [],
      topics: '',
    };
  }
  const { brokers, topic, delivery, positionsTopic } = spec.sink.kafka;
  const topics = topic.replaceAll('{task}', task);
  const exact = delivery === 'exactly-once';
  const record = exact
    ? ` So does its record in ${positionsTopic}; a task that is registered under this name again does not go on from it, but begins where its configuration says.`
    : '';
  return {
    text: `What it delivered stays in Kafka, in the topics ${topics}, until somebody deletes them there.${record}`,
    brokers,
    topics,
    ...(exact && { positionsTopic }),
  };
}

/** Aborts when the caller goes away, or after so many ms. */
export function requestSignal(
  raw: { readonly socket: { on(event: 'close', listener: () => void): unknown } },
  ms: number,
): AbortSignal {
  const gone = new AbortController();
  raw.socket.on('close', () => gone.abort(new Error('the caller is gone')));
  return AbortSignal.any([gone.signal, AbortSignal.timeout(ms)]);
}
