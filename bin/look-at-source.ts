import { asFailure } from '../coordination/failure.js';
import type { TaskSpec } from '../coordination/schema/task-spec.js';
import { secretsOf, type TaskSecret } from '../coordination/task-secrets.js';
import { resolveSecret, type SecretSources } from '../core/secrets.js';
import { preflight, type Finding } from '../core/source/preflight.js';

/** The preflight of a task from this machine; a secret that is not there is a finding, too. @throws the signal's reason only */
export async function lookAtSource(spec: TaskSpec, secrets: SecretSources, signal: AbortSignal): Promise<Finding[]> {
  let password: string | undefined;
  try {
    password = await secretOf(spec, 'source.mysql.password', secrets);
  } catch (thrown) {
    const { message, remedy } = asFailure(thrown);
    const mend = remedy === undefined ? {} : { mend: remedy };
    return [{ level: 'error', check: 'password', what: message, why: 'the task signs in with it', ...mend }];
  }
  return preflight(spec.source, { password, task: spec.name, signal });
}

/** A task's secret, read on this machine; `undefined` where it has none. @throws Failure `secret-missing` */
export async function secretOf(
  spec: TaskSpec,
  field: TaskSecret['field'],
  secrets: SecretSources,
): Promise<string | undefined> {
  const secret = secretsOf(spec).find((held) => held.field === field);
  return secret && resolveSecret(secret.reference, secrets, secret.purpose);
}
