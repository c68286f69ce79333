import { paths } from './paths.js';
import type { Control } from './schema/znodes.js';

/** What the doctor can find. Names are for scripts and do not change. */
export type FindingKind =
  | 'unknown-node'
  | 'unreadable'
  | 'empty-node'
  | 'misnamed-task'
  | 'index-without-task'
  | 'index-of-other-group'
  | 'missing-from-index'
  | 'missing-instances-node'
  | 'task-leftover'
  | 'position-without-task'
  | 'instance-without-session'
  | 'foreign-instance'
  | 'running-out-of-turn'
  | 'term-of-another-ensemble'
  | 'stale-last-commit'
  | 'order-number-behind'
  | 'core-without-session'
  | 'core-not-serving'
  | 'open-to-the-world'
  | 'of-another-user';

export interface NodeVersion {
  readonly path: string;
  /** As it was seen: a node that has changed since is left alone. */
  readonly version: number;
}

/** What mends a finding, as a value: shown first, then done. */
export type Repair =
  | { readonly do: 'remove-node'; readonly node: NodeVersion }
  | { readonly do: 'remove-index-entry'; readonly group: string; readonly task: string }
  | { readonly do: 'create-index-entry'; readonly group: string; readonly task: string }
  | { readonly do: 'create-instances-node'; readonly task: string }
  | { readonly do: 'protect-nodes'; readonly paths: readonly string[] }
  | { readonly do: 'remove-task-leftover'; readonly task: string; readonly nodes: readonly NodeVersion[] }
  | {
      readonly do: 'write-control';
      readonly task: string;
      readonly control: Control;
      /** Of the one replaced; undefined when there is none. */
      readonly version: number | undefined;
    };

export interface Finding {
  readonly kind: FindingKind;
  readonly path: string;
  /** What is wrong and what it means, as a sentence. Never a znode's content that may be a secret. */
  readonly what: string;
  /** Absent where a repair would be a guess; then `advice` says what a person can do. */
  readonly repair?: Repair;
  readonly advice?: string;
}

/** The repair as an order for a person to read. */
export function describeRepair(repair: Repair): string {
  switch (repair.do) {
    case 'remove-node':
      return `remove ${repair.node.path}`;
    case 'remove-index-entry':
      return `remove ${paths.groupTask(repair.group, repair.task)}`;
    case 'create-index-entry':
      return `create ${paths.groupTask(repair.group, repair.task)}`;
    case 'create-instances-node':
      return `create ${paths.instances(repair.task)}`;
    case 'protect-nodes':
      return `give ${repair.paths.length === 1 ? 'it' : 'them'} to this process's ZooKeeper user alone`;
    case 'remove-task-leftover':
      return `remove ${paths.task(repair.task)} and what is below it`;
    case 'write-control': {
      const { desired, resumes } = repair.control;
      return `write ${paths.control(repair.task)}: ${desired}, order number ${resumes}`;
    }
  }
}
