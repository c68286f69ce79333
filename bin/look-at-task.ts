import { asFailure } from '../coordination/failure.js';
import type { TaskSpec } from '../coordination/schema/task-spec.js';
import type { SecretField } from '../coordination/task-secrets.js';
import { readTaskSecret, type SecretSources } from '../core/secrets.js';
import { preflightTarget } from '../core/sink/mysql/preflight-target.js';
import { preflight, type Finding } from '../core/source/preflight.js';

/**
 * The preflight of a task from this machine: its source, and its target where that is a database. A secret that is not there is a finding, too.
 * @throws the signal's reason only
 */
export async function lookAtTask(spec: TaskSpec, secrets: SecretSources, signal: AbortSignal): Promise<Finding[]> {
  const { name: task, source, sink } = spec;
  const sourceSecret = await secretOf(spec, 'source.mysql.password', 'password', secrets);
  if ('level' in sourceSecret) return [sourceSecret];
  const findings = await preflight(source, { password: sourceSecret.password, task, signal });
  if (!sink.mysql) return findings;
  const sinkSecret = await secretOf(spec, 'sink.mysql.password', 'target_password', secrets);
  if ('level' in sinkSecret) return [...findings, sinkSecret];
  const passwords = { sourcePassword: sourceSecret.password, sinkPassword: sinkSecret.password };
  return [...findings, ...(await preflightTarget({ task, source, sink: sink.mysql, ...passwords, signal }))];
}

async function secretOf(
  spec: TaskSpec,
  field: SecretField,
  check: string,
  secrets: SecretSources,
): Promise<{ readonly password: string | undefined } | Finding> {
  try {
    return { password: await readTaskSecret(spec, field, secrets) };
  } catch (thrown) {
    const { message, remedy } = asFailure(thrown);
    const mend = remedy === undefined ? {} : { mend: remedy };
    return { level: 'error', check, what: message, why: 'the task signs in with it', ...mend };
  }
}
