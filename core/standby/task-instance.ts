import { serveInstance, type InstanceIdentity, type OnNode } from '../../coordination/leadership.js';
import type { Logger } from '../../coordination/log.js';
import { instanceLine } from '../../coordination/paths.js';
import type { Session } from '../../coordination/session.js';
import type { TaskObserver } from '../core-metrics.js';
import { leadTask } from './task-lead.js';
import { WantedState } from './wanted.js';
import type { SecretSources } from '../secrets.js';
import { WarmPipeline } from './warm-pipeline.js';

export interface TaskInstanceOptions {
  readonly session: Session;
  readonly task: string;
  readonly identity: InstanceIdentity;
  readonly version: string;
  readonly secrets: SecretSources;
  readonly log: Logger;
  readonly onNode?: OnNode;
  readonly observe?: TaskObserver | undefined;
}

/**
 * One instance of a task for as long as the session lives: stands by warm, leads when its turn comes. The task need not be
 * registered yet. `signal` is the orderly stop; settles after everything it opened is closed.
 * @throws CoordinationError, where the task's znodes cannot be used at all: somebody has withdrawn the permission, for instance
 */
export async function serveTask(
  options: TaskInstanceOptions,
  signal: AbortSignal,
): Promise<'stopped' | 'session-over'> {
  const { session, task, identity, version, secrets } = options;
  const log = options.log.child({ task });
  const wanted = new WantedState(log);
  const pipeline = new WarmPipeline({ lease: session.lease, version, secrets, log });
  // Following goes on until the lead has settled: a stop must not cut an order short.
  const following = new AbortController();
  // Nobody may lead by a configuration that is no longer followed.
  const broken = new AbortController();
  const ended = AbortSignal.any([signal, broken.signal]);
  const unwatch = wanted.onChange(() => {
    const { spec } = wanted.now;
    if (spec && !running) void pipeline.warm(spec, ended);
  });
  let running = false;
  const follows = wanted.follow(session, task, following.signal).catch((error: unknown) => broken.abort(error));
  try {
    const serves = serveInstance(
      {
        session,
        line: instanceLine(task),
        identity,
        log,
        ...(options.onNode && { onNode: options.onNode }),
        onState: (state) => {
          running = state === 'running';
          log.info({ state }, `instance is ${state}`);
        },
        lead: async (lead) => {
          if (!wanted.known) await wanted.changed(AbortSignal.any([lead.signal, lead.stopping]));
          await leadTask({ session, task, identity, wanted, pipeline, log, observe: options.observe }, lead);
        },
      },
      ended,
    );
    const end = await serves;
    if (broken.signal.aborted && !signal.aborted) throw broken.signal.reason;
    return end;
  } finally {
    unwatch();
    following.abort();
    await follows;
    await pipeline.close();
  }
}
