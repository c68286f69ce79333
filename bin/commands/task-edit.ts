import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CoordinationError } from '../../coordination/session.js';
import { editTask } from '../../coordination/task-edit.js';
import { parseTaskFile } from '../../coordination/task-file.js';
import { taskYaml } from '../../coordination/task-yaml.js';
import { asOperator } from '../audit.js';
import { CliError } from '../exit-codes.js';
import { withSession } from '../with-session.js';
import type { CommandContext } from './context.js';
import { requireTask } from './task-changes.js';

/**
 * Shows a task's configuration as YAML in the person's editor and puts what comes back in force, unless the task was changed meanwhile. What was
 * typed is kept where it cannot be taken. No session is open beside the editor: it would inherit the client's sockets.
 */
export async function taskEdit(context: CommandContext, task: string, editor: string): Promise<void> {
  const { value, stat } = await withSession(context, (session) => requireTask(session, task));
  const folder = await mkdtemp(join(tmpdir(), 'mysql-replicator-'));
  const file = join(folder, `${task}.yaml`);
  let kept = false;
  try {
    await writeFile(file, taskYaml(value), { mode: 0o600 });
    await runEditor(editor, file);
    kept = true;
    const spec = parseTaskFile(await readFile(file, 'utf8'), file, context.secrets.ring);
    if (spec.name !== task) {
      throw new CliError('usage', `the name is ${spec.name} now; a task keeps its name`, {
        remedy: 'register another task instead',
      });
    }
    const what = { action: 'task.edit', object: `tasks/${task}`, before: value, after: spec };
    const outcome = await asOperator(context, what, (session, by) =>
      editTask(session, spec, stat.mzxid, { ...by, note: 'edited' }),
    ).catch((error: unknown) => {
      if (!(error instanceof CoordinationError) || error.kind !== 'version-conflict') throw error;
      throw new CliError('conflict', `somebody else changed ${task} meanwhile; nothing was changed`, { cause: error });
    });
    kept = false;
    context.screen.emit({ task, outcome });
    context.screen.say(outcome === 'unchanged' ? `${task} stays as it is` : `${task} is changed`);
  } finally {
    if (kept) context.screen.say(`what was typed is kept in ${file}`);
    else await rm(folder, { recursive: true });
  }
}

/** By a shell, as editors are named with options. @throws CliError 'failed' */
async function runEditor(editor: string, file: string): Promise<void> {
  const child = spawn('/bin/sh', ['-c', `${editor} "$1"`, 'sh', file], { stdio: 'inherit' });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('exit', resolve);
  });
  if (code !== 0) throw new CliError('failed', `${editor} ended with ${code === null ? 'a signal' : `code ${code}`}`);
}
