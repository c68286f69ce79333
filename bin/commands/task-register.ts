import { readFile } from 'node:fs/promises';
import { text as readAll } from 'node:stream/consumers';
import { registerWithVersion } from '../../coordination/task-edit.js';
import type { TaskSpec } from '../../coordination/schema/task-spec.js';
import type { KeyRing } from '../../coordination/sealed-secret.js';
import { CoordinationError } from '../../coordination/session.js';
import { CliError } from '../exit-codes.js';
import { parseTaskFile } from '../../coordination/task-file.js';
import { asOperator } from '../audit.js';
import type { CommandContext } from './context.js';

/** Registers the task of a file; doing it again with the same content is fine. `-` reads standard input. */
export async function taskRegister(
  context: CommandContext,
  options: { readonly file: string; readonly replace: boolean; readonly check: boolean },
): Promise<void> {
  const spec = await readTaskFile(options.file, context.secrets.ring);
  if (options.check) {
    const { checkTask } = await import('./task-check.js');
    return checkTask(context, spec);
  }
  const what = { action: 'task.register', object: `tasks/${spec.name}`, after: spec };
  const outcome = await asOperator(context, what, (session, { who }) =>
    registerWithVersion(session, spec, who, { replace: options.replace }).catch((error: unknown) => {
      if (!(error instanceof CoordinationError) || error.kind !== 'node-exists') throw error;
      throw new CliError(
        'conflict',
        `a task ${spec.name} with another configuration is registered; nothing was changed`,
        {
          remedy: `\`mysql-replicator task show ${spec.name}\` shows it, \`--replace\` puts this one in its place`,
          cause: error,
        },
      );
    }),
  );
  const { screen } = context;
  screen.emit({ task: spec.name, outcome });
  screen.say(
    outcome === 'unchanged' ? `${spec.name} is registered already, just like this` : `${spec.name} is ${outcome}`,
  );
  if (outcome === 'registered') screen.say(`run it with: mysql-replicator core --task ${spec.name}`);
}

async function readTaskFile(file: string, ring: KeyRing | undefined): Promise<TaskSpec> {
  const { text, source } = await readTaskText(file);
  return parseTaskFile(text, source, ring);
}

/** What stands in a file, or in standard input for `-`, and what to call it. @throws CliError 'usage' */
export async function readTaskText(file: string): Promise<{ readonly text: string; readonly source: string }> {
  if (file === '-') return { text: await readAll(process.stdin), source: 'standard input' };
  try {
    return { text: await readFile(file, 'utf8'), source: file };
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code ?? 'unknown error'})`;
    throw new CliError('usage', `${file}: ${why}`, {
      remedy: 'name a YAML or JSON file, or - for standard input',
      cause,
    });
  }
}
