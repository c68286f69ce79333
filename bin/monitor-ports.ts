import type { ResolveSecret } from '../monitor/channel/send.js';
import type { ProbeSource } from '../monitor/probe/probes.js';
import { resolveSecret } from '../core/secrets.js';
import { probeSource } from '../core/source/source-probe.js';

/** Fills what the Monitor needs of sources and secrets with core/'s functions. */
export function monitorPorts(environment: Readonly<Record<string, string | undefined>>): {
  readonly resolveSecret: ResolveSecret;
  readonly probeSource: ProbeSource;
} {
  const resolve: ResolveSecret = (reference) => resolveSecret(reference, environment);
  return {
    resolveSecret: resolve,
    probeSource: async (mysql, signal) => {
      const password = mysql.password === undefined ? undefined : await resolve(mysql.password);
      return probeSource(mysql, password, signal);
    },
  };
}
