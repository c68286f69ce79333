import { asFailure } from '../coordination/failure.js';
import type { TaskSpec } from '../coordination/schema/task-spec.js';
import { readTaskSecret, type SecretSources } from '../core/secrets.js';
import { preflight, type Finding } from '../core/source/preflight.js';

/** The preflight of a task from this machine; a secret that is not there is a finding, too. @throws the signal's reason only */
export async function lookAtSource(spec: TaskSpec, secrets: SecretSources, signal: AbortSignal): Promise<Finding[]> {
  let password: string | undefined;
  try {
    password = await readTaskSecret(spec, 'source.mysql.password', secrets);
  } catch (thrown) {
    const { message, remedy } = asFailure(thrown);
    const mend = remedy === undefined ? {} : { mend: remedy };
    return [{ level: 'error', check: 'password', what: message, why: 'the task signs in with it', ...mend }];
  }
  return preflight(spec.source, { password, task: spec.name, signal });
}
