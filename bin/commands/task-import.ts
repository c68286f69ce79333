import { CoordinationError } from '../../coordination/session.js';
import { registerWithVersion } from '../../coordination/task-edit.js';
import { parseTaskFile } from '../../coordination/task-file.js';
import { splitDocuments } from '../../coordination/task-yaml.js';
import { asOperator } from '../audit.js';
import { CliError } from '../exit-codes.js';
import type { CommandContext } from './context.js';
import { readTaskText } from './task-register.js';

/**
 * Registers each task of a YAML text of many documents, as `task export` writes it. All are read before the first is registered; then each is done
 * or is in the way by itself.
 */
export async function taskImport(
  context: CommandContext,
  { file, replace }: { readonly file: string; readonly replace: boolean },
): Promise<void> {
  const { text, source } = await readTaskText(file);
  const specs = splitDocuments(text).map((document, i) =>
    parseTaskFile(document, `${source}, document ${i + 1}`, context.secrets.ring),
  );
  if (specs.length === 0) throw new CliError('usage', `${source} holds no task`);
  const results: { task: string; outcome: string }[] = [];
  // The same array: the record is written when it is full.
  const what = { action: 'task.import', object: 'tasks', after: results };
  await asOperator(context, what, async (session, { who }) => {
    for (const spec of specs) {
      const outcome = await registerWithVersion(session, spec, who, { replace }).catch((error: unknown) => {
        if (error instanceof CoordinationError && error.kind === 'node-exists') return 'conflict';
        throw error;
      });
      results.push({ task: spec.name, outcome });
    }
  });
  context.screen.emit({ results });
  for (const { task, outcome } of results) context.screen.say(`${task} ${outcome}`);
  const conflicts = results.filter(({ outcome }) => outcome === 'conflict').map(({ task }) => task);
  if (conflicts.length === 0) return;
  throw new CliError(
    'conflict',
    `another configuration is registered for ${conflicts.join(', ')}; it was not changed`,
    {
      remedy: '`--replace` puts those of the file in their place',
    },
  );
}
