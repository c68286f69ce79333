import { Failure } from '../coordination/failure.js';
import type { Ports } from '../server/ports.js';
import { lookAtSource } from './look-at-source.js';

/** Fills what the Server needs of sources and sinks with core/'s functions. */
export function serverPorts(environment: Readonly<Record<string, string | undefined>>): Ports {
  const missing = async (): Promise<never> => {
    throw new Failure('configuration-invalid', 'not available yet');
  };
  return {
    check: (spec, signal) => lookAtSource(spec, environment, signal),
    listTables: missing,
    previewPosition: missing,
    tailChanges: missing,
    describeBrokers: missing,
  };
}
