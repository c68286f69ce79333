import { readFile } from 'node:fs/promises';
import { text as readAll } from 'node:stream/consumers';
import { registerTask } from '../../coordination/registry.js';
import type { TaskSpec } from '../../coordination/schema/task-spec.js';
import { CoordinationError } from '../../coordination/session.js';
import { CliError } from '../exit-codes.js';
import { parseTaskFile } from '../../coordination/task-file.js';
import { withSession } from '../with-session.js';
import type { CommandContext } from './context.js';

/** Registers the task of a file; doing it again with the same content is fine. `-` reads standard input. */
export async function taskRegister(
  context: CommandContext,
  options: { readonly file: string; readonly replace: boolean; readonly check: boolean },
): Promise<void> {
  const spec = await readTaskFile(options.file);
  if (options.check) {
    const { checkTask } = await import('./task-check.js');
    return checkTask(context, spec);
  }
  const outcome = await withSession(context, (session) =>
    registerTask(session, spec, { replace: options.replace }).catch((error: unknown) => {
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

async function readTaskFile(file: string): Promise<TaskSpec> {
  if (file === '-') return parseTaskFile(await readAll(process.stdin), 'standard input');
  let content: string;
  try {
    content = await readFile(file, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code ?? 'unknown error'})`;
    throw new CliError('usage', `${file}: ${why}`, {
      remedy: 'name a YAML or JSON file, or - for standard input',
      cause,
    });
  }
  return parseTaskFile(content, file);
}
