import { readFile } from 'node:fs/promises';
import { text as readAll } from 'node:stream/consumers';
import { inParallel } from '../../coordination/in-parallel.js';
import { paths } from '../../coordination/paths.js';
import { taskSpecSchema } from '../../coordination/schema/task-spec.js';
import { newKeyLine, seal, type KeyRing } from '../../coordination/sealed-secret.js';
import { CoordinationError, type Session } from '../../coordination/session.js';
import { parseTaskFile } from '../../coordination/task-file.js';
import { reseal, secretsOf, type TaskSecret } from '../../coordination/task-secrets.js';
import { look, writeTyped } from '../../coordination/znode.js';
import { loadSessionKeys } from '../../server/access/session-keys.js';
import { auditCli } from '../audit.js';
import { CliError } from '../exit-codes.js';
import { withSession } from '../with-session.js';
import type { CommandContext } from './context.js';

const AT_A_TIME = 8;

/** Prints a new key as a line of a key file. */
export function secretsKeygen({ screen }: CommandContext): void {
  const line = newKeyLine(new Date());
  screen.emit({ key: line });
  screen.say(line);
}

/**
 * Seals the secret on standard input for a field of a task file, and prints what to write there.
 * @throws CliError 'usage'
 */
export async function secretsSeal(context: CommandContext, file: string, field: string): Promise<void> {
  const ring = requireRing(context);
  const secret = (await readAll(process.stdin)).replace(/\r?\n$/, '');
  if (secret === '') throw new CliError('usage', 'the secret is read from standard input, and there was none');
  const spec = parseTaskFile(await readFile(file, 'utf8'), file, ring);
  const place = secretsOf(spec).find((held): held is TaskSecret => held.field === field);
  if (place === undefined) {
    throw new CliError('usage', `${file} has no ${field}`, {
      remedy: 'write env:LATER there first; what is sealed is bound to the address and account of the file',
    });
  }
  const sealed = seal(secret, place.purpose, ring);
  context.screen.emit({ task: spec.name, field, sealed });
  context.screen.say(sealed);
}

/** Seals with the ring's first key what is sealed with another one: tasks, and the keys of the sessions. */
export async function secretsRotate(context: CommandContext): Promise<void> {
  const ring = requireRing(context);
  const outcome = await withSession(context, async (session) => {
    const tasks = (await session.children(paths.tasks)) ?? [];
    const after = { key: ring.keys[0].id };
    return auditCli(context, session, { action: 'secrets.rotate', object: 'tasks', after }, async () => {
      const done = await inParallel(tasks, AT_A_TIME, (task) => rotateTask(session, task, ring));
      await loadSessionKeys(session, ring, Date.now());
      return {
        rotated: tasks.filter((_task, i) => done[i] === 'rotated').sort(),
        failed: tasks.flatMap((task, i) => (typeof done[i] === 'object' ? [{ task, why: done[i].why }] : [])),
      };
    });
  });
  context.screen.emit(outcome);
  context.screen.say(`${outcome.rotated.length} tasks are sealed with key ${ring.keys[0].id} now`);
  for (const { task, why } of outcome.failed) context.screen.say(`${task}: ${why}`);
  if (outcome.failed.length > 0) throw new CliError('check', `${outcome.failed.length} tasks could not be sealed anew`);
}

async function rotateTask(
  session: Session,
  task: string,
  ring: KeyRing,
): Promise<'rotated' | 'nothing' | { readonly why: string }> {
  for (;;) {
    const reading = await look(session, paths.task(task), taskSpecSchema);
    if (reading.kind !== 'present') return reading.kind === 'absent' ? 'nothing' : { why: reading.error.message };
    try {
      const sealed = reseal(reading.value, ring);
      if (sealed === undefined) return 'nothing';
      await writeTyped(session, paths.task(task), taskSpecSchema, sealed, reading.stat.version);
      return 'rotated';
    } catch (error) {
      if (error instanceof CoordinationError && error.kind === 'version-conflict') continue;
      if (error instanceof CoordinationError) throw error;
      return { why: error instanceof Error ? error.message : String(error) };
    }
  }
}

function requireRing({ secrets }: CommandContext): KeyRing {
  if (secrets.ring !== undefined) return secrets.ring;
  throw new CliError('usage', 'there is no secrets key', {
    remedy: 'give --secrets-key file:PATH or env:NAME; make one with: mysql-replicator secrets keygen',
  });
}
