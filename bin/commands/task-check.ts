import { asFailure } from '../../coordination/failure.js';
import type { TaskSpec } from '../../coordination/schema/task-spec.js';
import { resolveSecret } from '../../core/secrets.js';
import { preflightTarget } from '../../core/sink/mysql/preflight-target.js';
import { preflight, type Finding } from '../../core/source/preflight.js';
import { CliError } from '../exit-codes.js';
import type { CommandContext } from './context.js';

const DEADLINE_MS = 60_000;
const MARKS = { ok: ['green', 'ok'], warning: ['yellow', 'warning'], error: ['red', 'ERROR'] } as const;

/**
 * Looks at a task's source, and at its target where that is a database, from this machine and says what would keep the task from running; changes nothing.
 * @throws CliError 'check' when there are errors
 */
export async function checkTask({ screen, environment }: CommandContext, spec: TaskSpec): Promise<void> {
  const findings = await look(spec, environment);
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

async function look(spec: TaskSpec, environment: CommandContext['environment']): Promise<Finding[]> {
  const { source, sink } = spec;
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const sourcePassword = await secret(source.mysql.password, 'password', environment);
  if (typeof sourcePassword === 'object') return [sourcePassword];
  const findings = await preflight(source, { password: sourcePassword, task: spec.name, signal });
  if (!sink.mysql) return findings;
  const sinkPassword = await secret(sink.mysql.password, 'target_password', environment);
  if (typeof sinkPassword === 'object') return [...findings, sinkPassword];
  const both = { task: spec.name, source, sink: sink.mysql, sourcePassword, sinkPassword, signal };
  return [...findings, ...(await preflightTarget(both))];
}

async function secret(
  reference: string | undefined,
  check: string,
  environment: CommandContext['environment'],
): Promise<string | undefined | Finding> {
  try {
    return reference === undefined ? undefined : await resolveSecret(reference, environment);
  } catch (thrown) {
    const { message, remedy } = asFailure(thrown);
    const mend = remedy === undefined ? {} : { mend: remedy };
    return { level: 'error', check, what: message, why: 'the task signs in with it', ...mend };
  }
}
