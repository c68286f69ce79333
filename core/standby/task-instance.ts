import { serveInstance, type InstanceIdentity, type OnNode } from '../../coordination/leadership.js';
import type { Logger } from '../../coordination/log.js';
import type { Session } from '../../coordination/session.js';
import { leadTask } from './task-lead.js';
import { WantedState } from './wanted.js';
import { WarmPipeline } from './warm-pipeline.js';

export interface TaskInstanceOptions {
  readonly session: Session;
  readonly task: string;
  readonly identity: InstanceIdentity;
  readonly version: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
  readonly onNode?: OnNode;
}

/**
 * One instance of a task for as long as the session lives: stands by warm, leads when its turn comes. The task need not be
 * registered yet. `signal` is the orderly stop; settles after everything it opened is closed.
 */
export async function serveTask(
  options: TaskInstanceOptions,
  signal: AbortSignal,
): Promise<'stopped' | 'session-over'> {
  const { session, task, identity, version, environment } = options;
  const log = options.log.child({ task });
  const wanted = new WantedState(log);
  const pipeline = new WarmPipeline({ lease: session.lease, version, environment, log });
  // Following goes on until the lead has settled: a stop must not cut an order short.
  const following = new AbortController();
  const unwatch = wanted.onChange(() => {
    const { spec } = wanted.now;
    if (spec && !running) void pipeline.warm(spec, signal);
  });
  let running = false;
  const follows = wanted.follow(session, task, following.signal);
  try {
    const serves = serveInstance(
      {
        session,
        task,
        identity,
        log,
        ...(options.onNode && { onNode: options.onNode }),
        onState: (state) => {
          running = state === 'running';
          log.info({ state }, `instance is ${state}`);
        },
        lead: async (lead) => {
          if (!wanted.known) await wanted.changed(AbortSignal.any([lead.signal, lead.stopping]));
          await leadTask({ session, task, identity, wanted, pipeline, log }, lead);
        },
      },
      signal,
    );
    return await serves;
  } finally {
    unwatch();
    following.abort();
    await follows.catch((error: unknown) => log.error({ err: error }, 'following the configuration failed'));
    await pipeline.close();
  }
}
