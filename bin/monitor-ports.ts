import { DEFAULT_VARIABLES, readTaskSecret, resolveSecret, type SecretSources } from '../core/secrets.js';
import { probeSource } from '../core/source/source-probe.js';
import type { ResolveSecret } from '../monitor/channel/send.js';
import type { ProbeSource } from '../monitor/probe/probes.js';

/** What a sealed secret of a channel would be for; none is sealed so far. */
const CHANNEL = 'alerts/channels';
/** What channels may refer to besides: an address of theirs is a secret, too. */
const CHANNEL_VARIABLES = 'ALERT_*';

/** Fills what the Monitor needs of sources and secrets with core/'s functions. */
export function monitorPorts(secrets: SecretSources): {
  readonly resolveSecret: ResolveSecret;
  readonly probeSource: ProbeSource;
} {
  const variables = [...(secrets.variables ?? DEFAULT_VARIABLES), CHANNEL_VARIABLES];
  return {
    resolveSecret: (reference) => resolveSecret(reference, { ...secrets, variables }, CHANNEL),
    probeSource: async (spec, signal) =>
      probeSource(spec.source.mysql, await readTaskSecret(spec, 'source.mysql.password', secrets), signal),
  };
}
