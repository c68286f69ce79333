import type { Logger } from '../../coordination/log.js';
import type { SecretSources } from '../../core/secrets.js';
import type { ZookeeperAuth } from '../../coordination/zookeeper-auth.js';
import type { Screen } from '../screen.js';

/** What every `task` command is given. */
export interface CommandContext {
  readonly servers: string;
  readonly log: Logger;
  readonly screen: Screen;
  readonly auth: ZookeeperAuth | undefined;
  readonly secrets: SecretSources;
}
