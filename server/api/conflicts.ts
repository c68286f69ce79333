import { CoordinationError } from '../../coordination/session.js';
import { HttpProblem } from '../http/problem.js';
import type { ServerParts } from '../parts.js';
import { noTask, readTaskDetail } from './task-reading.js';

/**
 * Does something to a task; where somebody else has changed it since it was looked at, the answer is 412 with what is there now, so that the
 * caller can compare and decide.
 */
export async function orConflict<T>(parts: ServerParts, task: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof CoordinationError)) throw error;
    if (error.kind === 'no-node') throw noTask(task);
    if (error.kind !== 'version-conflict') throw error;
    const current = await readTaskDetail(parts, task).catch(() => undefined);
    if (current === undefined) throw noTask(task);
    throw new HttpProblem(412, 'changed-meanwhile', `${task} was changed since you looked at it; nothing was done`, {
      remedy: 'compare with what is there now (`current`), then send it again with its version',
      place: error.path,
      current,
    });
  }
}
