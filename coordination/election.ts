import { parseInstanceName, type InstanceName } from './paths.js';

/**
 * Who runs a task, decided from the names below `/tasks/<task>/instances` alone. Pure: no clock, no network.
 *
 * `lead`   – mine is the lowest sequence.
 * `watch`  – stand by and look again when the node just before mine goes; nobody else is woken by it (no herd).
 * `join`   – mine is not (or no longer) there: make a new one, at the end of the line.
 */
export type Decision =
  { readonly do: 'lead' } | { readonly do: 'watch'; readonly node: string } | { readonly do: 'join' };

export interface Election {
  readonly decision: Decision;
  /** In the order of their turn. */
  readonly line: readonly InstanceName[];
  /** Names that no join can have made: reported, otherwise ignored. */
  readonly foreign: readonly string[];
}

/**
 * @param children names below the instances node, in any order
 * @param mine the name of the own node, once it was made
 */
export function decide(children: readonly string[], mine: string | undefined): Election {
  const { line, foreign } = lineUp(children);
  const at = line.findIndex((member) => member.node === mine);
  const before = line[at - 1];
  let decision: Decision;
  if (at < 0) decision = { do: 'join' };
  else if (before === undefined) decision = { do: 'lead' };
  else decision = { do: 'watch', node: before.node };
  return { decision, line, foreign };
}

/**
 * Sorts instance names by sequence; ties, which one parent cannot produce, by name so that all agree.
 *
 * The counter of a parent wraps after 2^31 joins (68 years at one a second), which is not handled: deleting the instances
 * node starts it again at 0.
 */
export function lineUp(children: readonly string[]): { line: InstanceName[]; foreign: string[] } {
  const line: InstanceName[] = [];
  const foreign: string[] = [];
  for (const node of children) {
    const name = parseInstanceName(node);
    if (name === undefined) foreign.push(node);
    else line.push(name);
  }
  line.sort((a, b) => a.sequence - b.sequence || (a.node < b.node ? -1 : 1));
  return { line, foreign: foreign.sort() };
}
