import { inParallel } from '../../coordination/in-parallel.js';
import {
  cancelMove,
  MoveRefused,
  orderHandOver,
  orderMove,
  orderPause,
  orderResume,
  type OrderedBy,
} from '../../coordination/orders.js';
import { deleteTask } from '../../coordination/registry.js';
import type { App } from '../http/app.js';
import { ifMatch } from '../http/if-match.js';
import { asProblem, HttpProblem } from '../http/problem.js';
import type { ServerParts } from '../parts.js';
import { orConflict } from './conflicts.js';
import { taskParams } from './schema/task-list.js';
import {
  bulkAnswer,
  bulkBody,
  moveBody,
  ordered,
  resumeBody,
  type BulkAnswer,
  type Ordered,
} from './schema/task-orders.js';
import { noTask } from './task-reading.js';

const AT_A_TIME = 8;

/** Orders to tasks. An order is written here and carried out by a Core: the answer says what was asked, the live stream when it is done. */
export function taskControlRoutes(app: App, parts: ServerParts): void {
  const schema = (summary: string) => ({ tags: ['orders'], summary, params: taskParams, response: { 200: ordered } });
  const by = (request: Parameters<typeof ifMatch>[0]): OrderedBy => {
    return { who: request.who!.name, expected: ifMatch(request) };
  };

  app.post(
    '/api/v1/tasks/:task/pause',
    {
      config: { role: 'operator', audit: 'task.pause' },
      schema: schema('Stop replicating; the task keeps its place.'),
    },
    (request) => orConflict(parts, request.params.task, () => pause(parts, request.params.task, by(request))),
  );

  app.post(
    '/api/v1/tasks/:task/resume',
    { config: { role: 'operator', audit: 'task.resume' }, schema: schema('Go on, or try again when it is STOPPED.') },
    (request) => orConflict(parts, request.params.task, () => resume(parts, request.params.task, by(request))),
  );

  app.post(
    '/api/v1/tasks/:task/adopt-term',
    {
      config: { role: 'operator', audit: 'task.adopt-term' },
      schema: {
        ...schema('Go on although Kafka remembers this later term (ZooKeeper was rebuilt).'),
        body: resumeBody,
      },
    },
    (request) => {
      const { adoptTerm } = request.body;
      if (adoptTerm === undefined) throw new HttpProblem(400, 'request-invalid', 'adoptTerm is missing');
      request.audited = { after: { adoptTerm } };
      return orConflict(parts, request.params.task, () => resume(parts, request.params.task, by(request), adoptTerm));
    },
  );

  app.post(
    '/api/v1/tasks/:task/hand-over',
    {
      config: { role: 'operator', audit: 'task.hand-over' },
      schema: schema('Let the next Core in line take the task.'),
    },
    (request) => orConflict(parts, request.params.task, () => handOver(parts, request.params.task, by(request))),
  );

  app.post(
    '/api/v1/tasks/:task/move',
    {
      config: { role: 'operator', audit: 'task.move' },
      schema: {
        ...schema('Let this Core run the task: it joins the line if it must, warms up, and takes over.'),
        body: moveBody,
      },
    },
    (request) => {
      const { task } = request.params;
      const { core } = request.body;
      request.audited = { before: { core: parts.view.task(task)?.leader?.core }, after: { core } };
      return orConflict(parts, task, async (): Promise<Ordered> => {
        const { control, from, inLine } = await refusable(() =>
          orderMove(parts.link.session(), task, core, by(request)),
        );
        const how = inLine
          ? `${from} hands it over to ${core}, which stands by for it`
          : `${core} joins the line and warms up, then ${from} hands it over`;
        return { task, text: `${task} is to move: ${how}; nothing is repeated`, controlVersion: control.stat.mzxid };
      });
    },
  );

  app.delete(
    '/api/v1/tasks/:task/move',
    {
      config: { role: 'operator', audit: 'task.move-cancel' },
      schema: schema('Call a move off that was not carried out.'),
    },
    (request) =>
      orConflict(parts, request.params.task, async (): Promise<Ordered> => {
        const { task } = request.params;
        const control = await cancelMove(parts.link.session(), task, by(request));
        return { task, text: `the move of ${task} is called off`, controlVersion: control.stat.mzxid };
      }),
  );

  app.post(
    '/api/v1/tasks/bulk',
    {
      config: { role: 'operator', audit: 'task.bulk' },
      schema: {
        tags: ['orders'],
        summary: 'One order to many tasks: those that are named, or all of a group. Each is done or fails by itself.',
        body: bulkBody,
        response: { 200: bulkAnswer },
      },
    },
    async (request): Promise<BulkAnswer> => {
      const { action, tasks, group } = request.body;
      if ((tasks === undefined) === (group === undefined)) {
        throw new HttpProblem(400, 'request-invalid', 'name either tasks or a group');
      }
      parts.link.session();
      const names = tasks ?? tasksOfGroup(parts, group!);
      request.audited = {
        object: group === undefined ? `${names.length} tasks` : `groups/${group}`,
        after: { action, names },
      };
      const orders = { pause, resume, 'hand-over': handOver, delete: remove };
      const results = await inParallel([...new Set(names)], AT_A_TIME, async (task) => {
        try {
          const { text } = await orders[action](parts, task, { who: request.who!.name });
          return { task, ok: true, detail: text };
        } catch (error) {
          const { code, detail } = asProblem(error, request.id);
          return { task, ok: false, detail, code };
        }
      });
      const done = results.filter(({ ok }) => ok).length;
      return { done, failed: results.length - done, results };
    },
  );
}

async function pause(parts: ServerParts, task: string, by: OrderedBy): Promise<Ordered> {
  const control = await orderPause(parts.link.session(), task, by);
  const led = parts.view.task(task)?.leader !== undefined;
  const text = led ? `${task} is to pause; it keeps its place` : `${task} is paused; nobody runs it now`;
  return { task, text, controlVersion: control.stat.mzxid };
}

async function resume(parts: ServerParts, task: string, by: OrderedBy, adoptTerm?: number): Promise<Ordered> {
  const control = await orderResume(parts.link.session(), task, by, { adoptTerm });
  const record = parts.view.task(task);
  const answer = { task, text: `${task} is to go on`, controlVersion: control.stat.mzxid };
  if (record === undefined || record.children.length > 0) return answer;
  const group = record.spec.kind === 'present' ? record.spec.value.group : undefined;
  const summary = parts.view.summary(task, Date.now());
  const start = group === undefined ? `start one: mysql-replicator core --task ${task}` : 'one of its group takes it';
  return { ...answer, warning: summary?.reason ?? `no Core serves ${task} now; ${start}` };
}

async function handOver(parts: ServerParts, task: string, by: OrderedBy): Promise<Ordered> {
  const given = await orderHandOver(parts.link.session(), task, by);
  if (given === undefined) {
    throw new HttpProblem(409, 'nobody-runs', `no Core runs ${task}, so there is nothing to hand over`, {
      remedy: `start one with: mysql-replicator core --task ${task}`,
    });
  }
  const { leader, control } = given;
  const answer = { task, text: `${leader.core} is to hand ${task} over`, controlVersion: control.stat.mzxid };
  const standbys = (parts.view.task(task)?.children.length ?? 1) - 1;
  if (standbys > 0) return answer;
  return {
    ...answer,
    warning: 'there is no standby: the same Core takes it again, unless another of its group has room',
  };
}

async function remove(parts: ServerParts, task: string): Promise<{ text: string }> {
  if (!(await deleteTask(parts.link.session(), task))) throw noTask(task);
  return { text: `${task} is deleted; what it delivered stays in Kafka` };
}

function tasksOfGroup({ view }: ServerParts, group: string): string[] {
  const names = view.tasks
    .filter(({ spec }) => spec.kind === 'present' && spec.value.group === group)
    .map(({ name }) => name);
  if (names.length === 0) throw new HttpProblem(404, 'no-group', `no task belongs to a group ${group}`);
  return names.sort();
}

async function refusable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof MoveRefused)) throw error;
    throw new HttpProblem(409, 'cannot-move', error.message, { remedy: error.remedy });
  }
}
