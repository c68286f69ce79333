import { setTimeout as sleep } from 'node:timers/promises';
import { decide } from './election.js';
import { newBell } from './follow.js';
import { leaseMargin, runLead, type Lead, type LeadEnd } from './lead-scope.js';
import type { Logger } from './log.js';
import { memberPrefix, type Line } from './paths.js';
import { instanceSchema, type Instance } from './schema/znodes.js';
import { CoordinationError, type Session } from './session.js';
import { createTyped, writeTyped } from './znode.js';

export type { Lead } from './lead-scope.js';

export interface InstanceIdentity {
  readonly core: string;
  readonly host: string;
  readonly pid: number;
}

/** `joining` also while the session is in doubt: neither leading nor certain of a place in the line. */
export type InstanceState = 'joining' | 'standby' | 'running';

/**
 * Called with the name of the own node once it stands in the line, and with `undefined` when it is gone; then also with how the
 * lead ended if it led. An instance that is told to stop from within does not join again.
 */
export type OnNode = (node: string | undefined, lead?: 'settled' | 'failed') => void;

export interface ServeOptions {
  readonly session: Session;
  /** Where to stand in line: `instanceLine(task)`, `monitorLine`. */
  readonly line: Line;
  readonly identity: InstanceIdentity;
  readonly log: Logger;
  /** Does the leader's work. Settles when there is none left, when it shall stop, or when it cannot go on. */
  readonly lead: (lead: Lead) => Promise<void>;
  readonly onState?: (state: InstanceState) => void;
  readonly onNode?: OnNode;
}

interface OwnNode {
  readonly path: string;
  readonly name: string;
  readonly term: number;
  readonly joinedAt: number;
}

/** After a lead that failed, the others shall have their turn, and nobody may spin. */
const FIRST_BACKOFF_MS = 200;
const LONGEST_BACKOFF_MS = 30_000;

/**
 * Serves a line (a task's, or the Monitors') with one instance, for as long as the session lives: stands in line, leads when its turn comes, and joins again
 * at the end after each lead. `signal` is the orderly stop. Settles only after `lead` has, and after the own node is gone
 * or its session is over.
 * @throws CoordinationError for what the session cannot mend, e.g. `auth-failed`
 */
export async function serveInstance(options: ServeOptions, signal: AbortSignal): Promise<'stopped' | 'session-over'> {
  const { session, log } = options;
  let failures = 0;
  while (!signal.aborted && !session.over.aborted) {
    options.onState?.('joining');
    const node = await join(options, signal);
    if (node === undefined) continue;
    const began = performance.now();
    options.onNode?.(node.name);
    const end = await serveNode(options, node, signal);
    options.onNode?.(undefined, end?.how === 'doubtful' ? undefined : end?.how);
    if (end?.how !== 'failed') {
      failures = 0;
      continue;
    }
    const backoff = Math.min(FIRST_BACKOFF_MS * 2 ** failures, LONGEST_BACKOFF_MS);
    // A lead that lasted was no part of a series.
    failures = performance.now() - began > LONGEST_BACKOFF_MS ? 1 : failures + 1;
    const fields = { failure: end.failure.kind, err: end.failure, backoffMs: backoff };
    if (end.failure.kind === 'lead-lost') log.warn(fields, 'lead given up: another instance was faster');
    else log.error(fields, 'lead given up after a failure');
    await pause(backoff, session, signal);
  }
  return signal.aborted ? 'stopped' : 'session-over';
}

/** Makes the own node. `undefined` when the session ended or the stop came first. */
async function join(options: ServeOptions, signal: AbortSignal): Promise<OwnNode | undefined> {
  const { session, line, identity } = options;
  const joinedAt = Date.now();
  const standby: Instance = { ...identity, state: 'STANDBY', since: joinedAt };
  const making = createTyped(
    session,
    memberPrefix(line, identity.host),
    instanceSchema,
    standby,
    'ephemeral-sequential',
  ).then(({ path, stat }) => ({ path, name: path.slice(path.lastIndexOf('/') + 1), term: stat.czxid, joinedAt }));
  const node = await unlessStopped(session, making, signal);
  if (node !== undefined) return node;
  // A stop does not wait for an ensemble that is down. What it still makes must not stand in the line.
  void making.then((late) => session.remove(late.path)).catch(() => undefined);
  return undefined;
}

/**
 * Stands in line with the own node, and leads. Returns when the node is gone, given up after a lead, or its session over.
 */
async function serveNode(options: ServeOptions, node: OwnNode, signal: AbortSignal): Promise<LeadEnd | undefined> {
  const { session, line, log } = options;
  const bell = newBell();
  const ring = () => bell.ring();
  // Besides the one before, a standby watches its own node: without it, it would wait for a turn that never comes.
  const unwatchOwn = session.watch(node.path, 'data', ring);
  const ahead = newSingleWatch(session, ring);
  const reportForeign = newForeignReport(log);
  let behind: string | undefined;
  signal.addEventListener('abort', ring);
  session.over.addEventListener('abort', ring);
  try {
    for (;;) {
      const children = await unlessStopped(session, session.children(line.parent), signal);
      if (signal.aborted || session.over.aborted) return undefined;
      const { decision, foreign } = decide(children ?? [], node.name);
      reportForeign(foreign);
      if (decision.do === 'join') {
        log.warn({ instance: node.name }, 'own instance node is gone; joining again');
        return undefined;
      }
      if (decision.do === 'lead') {
        ahead.off();
        // A list may be answered by a server that the ensemble has lost; the lease says whether it was not.
        if (!session.lease.holds(leaseMargin(session.timeoutMs))) {
          await pause(leaseMargin(session.timeoutMs), session, signal);
          continue;
        }
        const end = await leadOnce(options, node, signal);
        if (end.how !== 'doubtful') return end;
        behind = undefined;
        options.onState?.('joining');
        log.warn({ instance: node.name }, 'lead interrupted: ZooKeeper did not answer in time');
      } else {
        ahead.on(line.member(decision.node));
        if (behind !== decision.node) {
          options.onState?.('standby');
          log.info({ instance: node.name, behind: decision.node }, 'standing by');
          behind = decision.node;
        }
        await bell.rung();
      }
    }
  } finally {
    unwatchOwn();
    ahead.off();
    signal.removeEventListener('abort', ring);
    session.over.removeEventListener('abort', ring);
    await giveUp(session, node, signal);
  }
}

async function leadOnce(options: ServeOptions, node: OwnNode, signal: AbortSignal): Promise<LeadEnd> {
  const { session, identity, log } = options;
  const { path, term, joinedAt } = node;
  const running: Instance = { ...identity, state: 'RUNNING', since: Math.max(Date.now(), joinedAt), term };
  try {
    const said = await unlessStopped(session, writeTyped(session, path, instanceSchema, running, -1), signal);
    if (said === undefined) return { how: 'settled' };
  } catch (error) {
    if (error instanceof CoordinationError && error.kind === 'no-node') return { how: 'settled' };
    throw error;
  }
  options.onState?.('running');
  log.info({ instance: node.name, term }, 'leading');
  const end = await runLead({ session, instancePath: path, term, lead: options.lead }, signal);
  log.info({ instance: node.name, term, end: end.how }, 'lead ended');
  return end;
}

/**
 * Deletes the own node, which lets the next one lead. While the session is suspended a stop waits for it no longer than
 * the session could live; the node then goes with the session.
 */
async function giveUp(session: Session, node: OwnNode, signal: AbortSignal): Promise<void> {
  if (session.over.aborted) return;
  const removing = session.remove(node.path).catch((error: unknown) => {
    if (!session.over.aborted) throw error;
  });
  if (!signal.aborted) return void (await removing);
  removing.catch(() => undefined);
  const waited = new AbortController();
  await Promise.race([removing, sleep(session.timeoutMs, undefined, { signal: waited.signal }).catch(() => undefined)]);
  waited.abort();
}

async function pause(ms: number, session: Session, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal: AbortSignal.any([signal, session.over]) }).catch(() => undefined);
}

/** The result, or `undefined` when the session ended or the stop came first. */
async function unlessStopped<T>(session: Session, work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  const stop = AbortSignal.any([signal, session.over]);
  let onStop = (): void => undefined;
  const stopped = new Promise<undefined>((resolve) => {
    onStop = () => resolve(undefined);
    stop.addEventListener('abort', onStop);
    if (stop.aborted) onStop();
  });
  try {
    return await Promise.race([stopped, work]);
  } catch (error) {
    if (stop.aborted) return undefined;
    throw error;
  } finally {
    stop.removeEventListener('abort', onStop);
    work.catch(() => undefined);
  }
}

function newSingleWatch(session: Session, ring: () => void): { on(path: string): void; off(): void } {
  let watched: { path: string; unwatch: () => void } | undefined;
  const off = () => {
    watched?.unwatch();
    watched = undefined;
  };
  return {
    on(path) {
      if (watched?.path === path) return;
      off();
      watched = { path, unwatch: session.watch(path, 'data', ring) };
    },
    off,
  };
}

function newForeignReport(log: Logger): (foreign: readonly string[]) => void {
  let told = '';
  return (foreign) => {
    const now = foreign.join(', ');
    if (now !== told && foreign.length > 0) log.warn({ foreign }, 'foreign children of the instances node are ignored');
    told = now;
  };
}
