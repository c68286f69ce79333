import { asFailure } from '../../coordination/failure.js';
import { orderResume, describePlace, type RestartFrom } from '../../coordination/orders.js';
import { paths } from '../../coordination/paths.js';
import type { Position } from '../../coordination/position.js';
import type { TaskSpec } from '../../coordination/schema/task-spec.js';
import { lastCommitSchema } from '../../coordination/schema/znodes.js';
import { look } from '../../coordination/znode.js';
import type { App } from '../http/app.js';
import { ifMatch } from '../http/if-match.js';
import { defined, HttpProblem } from '../http/problem.js';
import type { ServerParts } from '../parts.js';
import { orConflict } from './conflicts.js';
import { taskParams } from './schema/task-list.js';
import { positionAnswer, positionBody, type PositionPreviewAnswer, type PositionTarget } from './schema/task-orders.js';
import { requireSpec } from './task-reading.js';
import { requestSignal } from './task-registry-routes.js';

/** A binlog file of a gigabyte is read in some seconds. */
const PREVIEW_MS = 60_000;

/** Setting the position: what would be skipped or sent again is said before, and on `dryRun` only said. */
export function taskPositionRoutes(app: App, parts: ServerParts): void {
  app.post(
    '/api/v1/tasks/:task/position',
    {
      config: { role: 'operator', audit: 'task.position' },
      schema: {
        tags: ['orders'],
        summary: 'Begin anew at another place; with dryRun only say what would be skipped or sent again.',
        params: taskParams,
        body: positionBody,
        response: { 200: positionAnswer },
      },
    },
    async (request) => {
      const { task } = request.params;
      const { to, dryRun } = request.body;
      const expected = ifMatch(request);
      const session = parts.link.session();
      const { spec } = await requireSpec(session, task);
      const lastCommit = await look(session, paths.lastCommit(task), lastCommitSchema);
      const current = lastCommit.kind === 'present' ? lastCommit.value.position : undefined;
      const wanted = restartFrom(to);
      const preview = await previewOf(parts, spec, wanted, current, requestSignal(request.raw, PREVIEW_MS));
      if (dryRun) {
        // Nothing was ordered: no audit record of it.
        request.audited = { after: { dryRun: true, to } };
        return { dryRun, preview };
      }
      // What was found and shown is what is ordered, not whatever the same moment means when a Core looks again.
      const found = typeof wanted === 'object' && 'time' in wanted ? preview.target : undefined;
      const from = found === undefined ? wanted : { file: found.file, offset: found.offset, events: 0 };
      request.audited = { before: { position: current }, after: { to, from } };
      const control = await orConflict(parts, task, () => {
        return orderResume(session, task, { who: request.who!.name, expected }, { from });
      });
      return { dryRun, preview, controlVersion: control.stat.mzxid };
    },
  );
}

async function previewOf(
  parts: ServerParts,
  spec: TaskSpec,
  to: RestartFrom,
  current: Position | undefined,
  signal: AbortSignal,
): Promise<PositionPreviewAnswer> {
  try {
    const seen = await parts.ports.previewPosition(spec, to, current, signal);
    const { target, warnings, ...rest } = seen;
    const answer = { ...rest, target: asNode(target), current: current && asNode(current), warnings: [...warnings] };
    return defined(answer) as PositionPreviewAnswer;
  } catch (thrown) {
    const { kind, message, remedy } = asFailure(thrown);
    if (kind === 'internal') throw thrown;
    // A place that the source does not have is no place to send a task to.
    if (kind === 'position-purged' || kind === 'configuration-invalid') throw thrown;
    return {
      ...(current !== undefined && { current: asNode(current) }),
      direction: 'unknown',
      text: `What ${describePlace(to)} would skip or send again cannot be said: ${message}`,
      warnings: remedy === undefined ? [] : [remedy],
    };
  }
}

function asNode({ file, offset, events, gtidSet, serverUuid }: Position) {
  return {
    file,
    offset,
    events,
    ...(gtidSet !== undefined && { gtidSet }),
    ...(serverUuid !== undefined && { serverUuid }),
  };
}

function restartFrom(to: PositionTarget): RestartFrom {
  if (typeof to === 'string') return to;
  if ('gtid' in to) return { gtid: to.gtid };
  if ('file' in to) return { file: to.file, offset: to.position, events: 0 };
  const time = typeof to.time === 'number' ? to.time : parseMoment(to.time);
  return { time };
}

/** A moment without a zone is UTC. */
function parseMoment(text: string): number {
  const time = Date.parse(/(Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`);
  if (Number.isNaN(time)) throw new HttpProblem(400, 'request-invalid', `${JSON.stringify(text)} is no date and time`);
  return time;
}
