import type { App } from '../http/app.js';
import { HttpProblem } from '../http/problem.js';
import { EventStream } from '../live/event-stream.js';
import type { ServerParts } from '../parts.js';
import type { Access } from '../access/port.js';

/** More consoles than this would be a mistake, or an attack. */
const STREAMS_AT_MOST = 500;
/** How soon a stream ends whose sign-in was revoked. */
const AGAIN_MS = 30_000;

/** The stream that keeps every console true. */
export function liveRoutes(app: App, { live }: ServerParts, access: Access): void {
  app.get(
    '/api/v1/live',
    {
      config: { role: 'viewer' },
      schema: {
        tags: ['live'],
        summary: 'Server-sent events: `snapshot`, then `change`, `tick` (every 5 s) and `connection`.',
        description:
          'A console that does not keep up gets a new `snapshot` instead of what it missed. Schemas: server/api/schema/task-summary.ts.',
        produces: ['text/event-stream'],
      },
    },
    async (request, reply) => {
      if (live.streams >= STREAMS_AT_MOST) {
        throw new HttpProblem(503, 'too-many-streams', `this Server has ${STREAMS_AT_MOST} open event streams already`);
      }
      reply.hijack();
      for (const [name, value] of Object.entries(reply.getHeaders())) if (value) reply.raw.setHeader(name, value);
      const again = setInterval(() => {
        void access.authenticate(request).then(
          (who) => who === undefined && stream.end(),
          () => undefined,
        );
      }, AGAIN_MS).unref();
      const stream = new EventStream(reply.raw, () => {
        clearInterval(again);
        leave();
      });
      const leave = live.join(stream);
    },
  );
}
