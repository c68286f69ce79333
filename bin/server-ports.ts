import { Failure } from '../coordination/failure.js';
import type { SecretSources } from '../core/secrets.js';
import type { Ports } from '../server/ports.js';
import { lookAtSource } from './look-at-source.js';

/** Fills what the Server needs of sources and sinks with core/'s functions. */
export function serverPorts(secrets: SecretSources): Ports {
  const missing = async (): Promise<never> => {
    throw new Failure('configuration-invalid', 'not available yet');
  };
  return {
    check: (spec, signal) => lookAtSource(spec, secrets, signal),
    listTables: missing,
    previewPosition: missing,
    tailChanges: missing,
    describeBrokers: missing,
  };
}
