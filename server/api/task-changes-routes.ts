import { asFailure } from '../../coordination/failure.js';
import type { App } from '../http/app.js';
import { HttpProblem } from '../http/problem.js';
import { EventStream, sseFrame } from '../live/event-stream.js';
import { maskedChange, tablePattern } from '../live/masked-change.js';
import type { ServerParts } from '../parts.js';
import { taskParams } from './schema/task-list.js';
import { changesQuery, type LiveChange } from './schema/task-orders.js';
import { requireSpec } from './task-reading.js';

/** Each is a consumer of the sink. */
const READERS_AT_MOST = 20;
/** A page that was forgotten shall not read for ever. */
const LONGEST_MS = 30 * 60_000;
const SUMMARY_MS = 1_000;

/** What passes through a task now, as its consumers read it. */
export function taskChangesRoutes(app: App, parts: ServerParts): void {
  let readers = 0;
  app.get(
    '/api/v1/tasks/:task/changes',
    {
      config: { role: 'operator' },
      schema: {
        tags: ['live'],
        summary:
          'Server-sent events: `changes` (a list), `left-out` {count} once a second where there were more than `rate`, `failed`.',
        description:
          'Read from the sink’s topics, committed records only, from now on. Columns whose names say that they hold a secret are blanked.',
        params: taskParams,
        querystring: changesQuery,
        produces: ['text/event-stream'],
      },
    },
    async (request, reply) => {
      const { task } = request.params;
      const { table, op, q, rate } = request.query;
      const { spec } = await requireSpec(parts.link.session(), task);
      const { kafka } = spec.sink;
      if (kafka === undefined) {
        throw new HttpProblem(
          409,
          'no-topic',
          `${task} writes into a database: its changes pass through no topic that could be read`,
        );
      }
      if (readers >= READERS_AT_MOST) {
        throw new HttpProblem(
          503,
          'too-many-streams',
          `this Server reads ${READERS_AT_MOST} sinks for consoles already`,
        );
      }
      readers++;
      reply.hijack();
      for (const [name, value] of Object.entries(reply.getHeaders())) if (value) reply.raw.setHeader(name, value);
      const gone = new AbortController();
      const stream = new EventStream(reply.raw, () => gone.abort(new Error('the reader is gone')));
      const pattern = table === undefined ? undefined : tablePattern(table);
      const ops = op?.split(',').filter(Boolean);
      const passes = (change: LiveChange): boolean => {
        if (pattern !== undefined && !pattern.test(`${change.database ?? ''}.${change.table ?? ''}`)) return false;
        if (ops !== undefined && !ops.includes(change.op ?? '')) return false;
        // Looked for in what is shown, so that nobody finds out a masked value by asking.
        return q === undefined || JSON.stringify([change.key, change.before, change.after]).includes(q);
      };
      let batch: LiveChange[] = [];
      let [sent, leftOut] = [0, 0];
      const tell = (): void => {
        if (batch.length > 0 && !stream.write(sseFrame('changes', batch))) leftOut += batch.length;
        batch = [];
      };
      const flush = setInterval(tell, 100);
      const second = setInterval(() => {
        if (leftOut > 0) stream.write(sseFrame('left-out', { count: leftOut }));
        else stream.write(Buffer.from(': well\n\n'));
        [sent, leftOut] = [0, 0];
      }, SUMMARY_MS);
      const signal = AbortSignal.any([gone.signal, AbortSignal.timeout(LONGEST_MS)]);
      try {
        stream.write(sseFrame('reading', { task, topics: kafka.topic }));
        await parts.ports.tailChanges(
          spec,
          (record) => {
            if (sent >= rate) return void leftOut++;
            const change = maskedChange(record, task);
            if (change === undefined || !passes(change)) return;
            sent++;
            batch.push(change);
          },
          signal,
        );
      } catch (thrown) {
        if (!signal.aborted) {
          tell();
          const { kind, message, remedy } = asFailure(thrown);
          stream.write(sseFrame('failed', { kind, message, ...(remedy !== undefined && { remedy }) }));
          if (kind === 'internal') parts.log.error({ err: thrown, task }, 'reading a sink for a console failed');
        }
      } finally {
        clearInterval(flush);
        clearInterval(second);
        readers--;
        stream.end();
      }
    },
  );
}
