import { randomBytes, randomInt } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { TaskDetail } from '../../server/api/schema/task-detail.js';
import { tailOf } from '../stack/log-tail.js';
import { runCommand } from '../stack/run-command.js';
import { DemoProcess } from './demo-process.js';

const USER = 'demo';
/** None that looks like another: a person may have to type them. */
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789';
const READY_LIMIT_MS = 60_000;
const LOOK_EVERY_MS = 200;

/** Where the console is, and an account of this run with which a person signs in. */
export interface Console {
  readonly address: string;
  readonly user: string;
  readonly password: string;
  readonly process: DemoProcess;
}

/** A key ring of this run, so that passwords can be typed into the console. */
export function newKeyRing(): string {
  return `demo:${randomBytes(32).toString('base64')}`;
}

export interface ConsolePlan {
  /** Program and arguments of the command line. */
  readonly cli: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly port: number;
  readonly logs: string;
  readonly onChange: () => void;
}

/** Makes an administrator with a password of this run and prepares a Server, which `start()` of its process starts. */
export async function newConsole(plan: ConsolePlan, signal: AbortSignal): Promise<Console> {
  const { cli, cwd, env, port, logs, onChange } = plan;
  const password = Array.from({ length: 4 }, word).join('-');
  await runCommand([...cli, 'user', 'add', USER, '--role', 'admin'], { cwd, env, input: password, signal });
  const process = new DemoProcess({
    name: 'server',
    command: [...cli, 'server', '--listen', `127.0.0.1:${port}`],
    cwd,
    env,
    logFile: join(logs, 'server.log'),
    onChange,
  });
  return { address: `http://127.0.0.1:${port}`, user: USER, password, process };
}

/** Resolves when the Server has read the tree. @throws with the end of its log when it does not come up */
export async function consoleReady({ address, process }: Console, stop: AbortSignal): Promise<void> {
  const end = performance.now() + READY_LIMIT_MS;
  while (!(await answers(`${address}/readyz`))) {
    stop.throwIfAborted();
    if (process.end !== undefined || performance.now() > end) {
      const why = process.end ?? `was not ready within ${READY_LIMIT_MS / 1000} s`;
      throw new Error(`The Server ${why}; the end of ${process.logFile}:\n${await tailOf(process.logFile)}`);
    }
    await pause(LOOK_EVERY_MS, undefined, { signal: stop }).catch(() => undefined);
  }
}

export function signInText({ address, user, password }: Console): string {
  return `Console ${address}  sign in as ${user} with ${password}`;
}

/** Signs in as a browser does and looks at a task until `core` runs it there. @throws when it does not in time, or there is no page */
export async function consoleShows(
  { address, user, password }: Console,
  task: string,
  core: string | undefined,
  stop: AbortSignal,
): Promise<void> {
  const page = await fetch(address, { signal: stop });
  if (!page.ok || !(await page.text()).includes('<script')) throw new Error(`The console at ${address} is not built.`);
  const signedIn = await fetch(`${address}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: address },
    body: JSON.stringify({ user, password }),
    signal: stop,
  });
  const cookie = signedIn.headers.getSetCookie()[0]?.split(';')[0];
  if (!signedIn.ok || cookie === undefined) throw new Error(`The sign-in was refused: ${await signedIn.text()}`);
  const end = performance.now() + READY_LIMIT_MS;
  for (;;) {
    const answer = await fetch(`${address}/api/v1/tasks/${task}`, { headers: { cookie }, signal: stop });
    const text = await answer.text();
    const summary = answer.ok ? (JSON.parse(text) as TaskDetail).summary : undefined;
    if (summary?.state === 'RUNNING' && summary.runner?.core === core) return;
    if (performance.now() > end) throw new Error(`The console does not show ${task} running on ${core}: ${text}`);
    await pause(LOOK_EVERY_MS, undefined, { signal: stop });
  }
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    ({ ok, body }) => (void body?.cancel(), ok),
    () => false,
  );
}

function word(): string {
  return Array.from({ length: 4 }, () => LETTERS[randomInt(LETTERS.length)]).join('');
}
