import type { Logger } from '../coordination/log.js';
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
  readonly log: Logger;
  readonly version: string;
  readonly startedAt: number;
}
