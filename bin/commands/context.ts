import type { Logger } from '../../coordination/log.js';
import type { Screen } from '../screen.js';

/** What every `task` command is given. */
export interface CommandContext {
  readonly servers: string;
  readonly log: Logger;
  readonly screen: Screen;
  readonly environment: Readonly<Record<string, string | undefined>>;
}
