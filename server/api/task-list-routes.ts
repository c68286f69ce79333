import type { App } from '../http/app.js';
import type { ServerParts } from '../parts.js';
import { filterTasks, pageOf } from './task-filter.js';
import { rangeQuery, series, taskDetail, timeline } from './schema/task-detail.js';
import { taskList, taskListQuery, taskParams } from './schema/task-list.js';
import { noTask, readTaskDetail } from './task-reading.js';

const DAY_MS = 86_400_000;

/** Looking at tasks: the list, one of them, its measured hours and what happened to it. */
export function taskListRoutes(app: App, parts: ServerParts): void {
  const { view, link } = parts;

  app.get(
    '/api/v1/tasks',
    {
      config: { role: 'viewer' },
      schema: {
        tags: ['tasks'],
        summary: 'Tasks, filtered, sorted and in pages.',
        querystring: taskListQuery,
        response: { 200: taskList },
      },
    },
    async (request) => {
      const now = Date.now();
      const { limit, after } = request.query;
      const all = parts.live.summaries(now);
      const served = view.served();
      const onCore = (task: string, core: string): boolean => {
        const { runs = [], standsBy = [] } = served.get(core) ?? {};
        return runs.includes(task) || standsBy.includes(task);
      };
      const { matching, states } = filterTasks(all, request.query, onCore);
      const { tasks, next } = pageOf(matching, after, limit);
      return {
        now,
        zookeeper: link.connection,
        total: all.length,
        matching: matching.length,
        states,
        tasks,
        ...(next !== undefined && { next }),
      };
    },
  );

  app.get(
    '/api/v1/tasks/:task',
    {
      config: { role: 'viewer' },
      schema: {
        tags: ['tasks'],
        summary: 'All that is known of a task, read from ZooKeeper now.',
        params: taskParams,
        response: { 200: taskDetail },
      },
    },
    async (request, reply) => {
      const detail = await readTaskDetail(parts, request.params.task);
      if (detail.version !== undefined) reply.header('etag', `"${detail.version}"`);
      return detail;
    },
  );

  app.get(
    '/api/v1/tasks/:task/series',
    {
      config: { role: 'viewer' },
      schema: {
        tags: ['tasks'],
        summary:
          'Lag and throughput as this Server saw them: 24 h at most, every 10 s for the last hour, else every minute.',
        params: taskParams,
        querystring: rangeQuery,
        response: { 200: series },
      },
    },
    async (request) => {
      const record = view.task(request.params.task);
      if (record === undefined) throw noTask(request.params.task);
      const now = Date.now();
      const { from = now - DAY_MS, to = now } = request.query;
      return record.series.read(from, Math.min(to, now), now);
    },
  );

  app.get(
    '/api/v1/series',
    {
      config: { role: 'viewer' },
      schema: {
        tags: ['tasks'],
        summary: 'All tasks together as this Server saw them: rates summed, the worst lag. As fine as a task’s.',
        querystring: rangeQuery,
        response: { 200: series },
      },
    },
    async (request) => {
      const now = Date.now();
      const { from = now - DAY_MS, to = now } = request.query;
      return view.seriesOfAll(from, Math.min(to, now), now);
    },
  );

  app.get(
    '/api/v1/tasks/:task/timeline',
    {
      config: { role: 'viewer' },
      schema: {
        tags: ['tasks'],
        summary:
          'What happened to a task: terms and take-overs, orders, failures, configuration. The same on every Server.',
        params: taskParams,
        querystring: rangeQuery,
        response: { 200: timeline },
      },
    },
    async (request) => {
      const record = view.task(request.params.task);
      if (record === undefined) throw noTask(request.params.task);
      const { from = 0, to = Infinity } = request.query;
      return { events: record.events.filter(({ at }) => at >= from && at <= to) };
    },
  );
}
