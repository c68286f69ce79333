import type { TaskVersion } from '../../coordination/schema/task-versions.js';
import { readVersions } from '../../coordination/task-versions.js';
import { taskYaml, tasksYaml } from '../../coordination/task-yaml.js';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { App } from '../http/app.js';
import { requireIfMatch } from '../http/if-match.js';
import { HttpProblem } from '../http/problem.js';
import type { ServerParts } from '../parts.js';
import { taskVersionDetail, taskVersions } from './schema/task-detail.js';
import { taskParams } from './schema/task-list.js';
import { edited, exportQuery } from './schema/task-orders.js';
import { noTask, requireSpec } from './task-reading.js';
import { putSpec } from './task-registry-routes.js';

const versionParams = taskParams.extend({ n: z.coerce.number().int().positive() });

/** The configurations that a task had, and tasks as YAML. */
export function taskVersionRoutes(app: App, parts: ServerParts): void {
  const { link, view } = parts;
  const find = async (task: string, n: number): Promise<TaskVersion> => {
    const found = (await readVersions(link.session(), task)).find((version) => version.n === n);
    if (found === undefined) throw new HttpProblem(404, 'no-version', `${task} has no version ${n} (any more)`);
    return found;
  };

  app.get(
    '/api/v1/tasks/:task/versions',
    {
      config: { role: 'viewer' },
      schema: {
        tags: ['versions'],
        summary: 'The configurations that a task had: the last 50.',
        params: taskParams,
        response: { 200: taskVersions },
      },
    },
    async (request) => {
      const { task } = request.params;
      const session = link.session();
      const { spec } = await requireSpec(session, task);
      const versions = [...(await readVersions(session, task))].reverse();
      const current = versions.find((version) => isDeepStrictEqual(version.spec, spec))?.n;
      return {
        ...(current !== undefined && { current }),
        versions: versions.map(({ n, at, who, note }) => ({ n, at, who, ...(note !== undefined && { note }) })),
      };
    },
  );

  app.get(
    '/api/v1/tasks/:task/versions/:n',
    {
      config: { role: 'viewer' },
      schema: {
        tags: ['versions'],
        summary: 'One of them.',
        params: versionParams,
        response: { 200: taskVersionDetail },
      },
    },
    async (request) => {
      const { spec, n, at, who, note } = await find(request.params.task, request.params.n);
      return { version: { n, at, who, ...(note !== undefined && { note }) }, spec, yaml: taskYaml(spec) };
    },
  );

  app.post(
    '/api/v1/tasks/:task/versions/:n/restore',
    {
      config: { role: 'operator', audit: 'task.restore' },
      schema: {
        tags: ['versions'],
        summary: 'Put an earlier configuration in force again (If-Match). It becomes the newest version.',
        params: versionParams,
        response: { 200: edited },
      },
    },
    async (request, reply) => {
      const expected = requireIfMatch(request);
      const { task, n } = request.params;
      const { spec } = await find(task, n);
      const answer = await putSpec(parts, request.who!.name, spec, expected, `restored ${n}`, (before) => {
        request.audited = { before, after: spec };
      });
      reply.header('etag', `"${answer.version}"`);
      return answer;
    },
  );

  app.get(
    '/api/v1/tasks/:task/yaml',
    {
      config: { role: 'viewer' },
      schema: { tags: ['versions'], summary: 'The task as `task register -f` takes it.', params: taskParams },
    },
    async (request, reply) => {
      const { spec, version } = await requireSpec(link.session(), request.params.task);
      reply.header('etag', `"${version}"`).type('application/yaml; charset=utf-8');
      return reply.send(taskYaml(spec));
    },
  );

  app.get(
    '/api/v1/export',
    {
      config: { role: 'viewer' },
      schema: {
        tags: ['versions'],
        summary: 'All tasks, or those that are named, as one YAML text.',
        querystring: exportQuery,
      },
    },
    async (request, reply) => {
      link.session();
      const wanted = request.query.task;
      const names = wanted ?? view.tasks.map(({ name }) => name);
      const specs = [...new Set(names)].sort().flatMap((name) => {
        const record = view.task(name);
        if (record === undefined && wanted !== undefined) throw noTask(name);
        return record?.spec.kind === 'present' ? [record.spec.value] : [];
      });
      reply.header('content-disposition', 'attachment; filename="tasks.yaml"');
      return reply.type('application/yaml; charset=utf-8').send(tasksYaml(specs));
    },
  );
}
