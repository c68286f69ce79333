import type { TaskSpec } from '../../coordination/schema/task-spec.js';
import { CliError } from '../exit-codes.js';
import { lookAtSource } from '../look-at-source.js';
import type { CommandContext } from './context.js';

const DEADLINE_MS = 60_000;
const MARKS = { ok: ['green', 'ok'], warning: ['yellow', 'warning'], error: ['red', 'ERROR'] } as const;

/**
 * Looks at a task's source from this machine and says what would keep the task from running; changes nothing.
 * @throws CliError 'check' when there are errors
 */
export async function checkTask({ screen, environment }: CommandContext, spec: TaskSpec): Promise<void> {
  const findings = await lookAtSource(spec, environment, AbortSignal.timeout(DEADLINE_MS));
  const errors = findings.filter(({ level }) => level === 'error').length;
  screen.emit({ task: spec.name, errors, findings });
  for (const { level, check, what, why, mend } of findings) {
    const [style, mark] = MARKS[level];
    screen.say(`${screen.paint(style, mark.padEnd(7))}  ${check}: ${what}`);
    if (level !== 'ok') screen.say(`         why it matters: ${why}`);
    if (level !== 'ok' && mend !== undefined) screen.say(`         to mend it: ${screen.paint('bold', mend)}`);
  }
  if (errors > 0) {
    throw new CliError(
      'check',
      `${spec.name} cannot run like this: ${errors} of ${findings.length} checks found errors`,
    );
  }
  screen.say(`${spec.name} can run; nothing was registered (leave out --check to register it)`);
}
