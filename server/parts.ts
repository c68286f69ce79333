import type { Logger } from '../coordination/log.js';
import type { KeyRing } from '../coordination/sealed-secret.js';
import type { LiveHub } from './live/hub.js';
import type { Ports } from './ports.js';
import type { TreeView } from './view/tree-view.js';
import type { ZookeeperLink } from './zookeeper-link.js';

/** What the routes are made of. */
export interface ServerParts {
  readonly link: ZookeeperLink;
  readonly view: TreeView;
  readonly live: LiveHub;
  readonly ports: Ports;
  /** Seals the secrets that are written out in a task; without it they are refused. */
  readonly ring: KeyRing | undefined;
  readonly log: Logger;
  readonly version: string;
  readonly startedAt: number;
}
