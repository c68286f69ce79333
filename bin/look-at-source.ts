import { asFailure } from '../coordination/failure.js';
import type { TaskSpec } from '../coordination/schema/task-spec.js';
import { resolveSecret } from '../core/secrets.js';
import { preflight, type Finding } from '../core/source/preflight.js';

/** The preflight of a task from this machine; a secret that is not there is a finding, too. @throws the signal's reason only */
export async function lookAtSource(
  spec: TaskSpec,
  environment: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<Finding[]> {
  const reference = spec.source.mysql.password;
  let password: string | undefined;
  try {
    if (reference !== undefined) password = await resolveSecret(reference, environment);
  } catch (thrown) {
    const { message, remedy } = asFailure(thrown);
    const mend = remedy === undefined ? {} : { mend: remedy };
    return [{ level: 'error', check: 'password', what: message, why: 'the task signs in with it', ...mend }];
  }
  return preflight(spec.source, { password, task: spec.name, signal });
}
