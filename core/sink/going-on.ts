import type { Position } from '../../coordination/position.js';
import type { StoredPosition } from '../../coordination/schema/stored-position.js';
import type { Claim } from './sink.js';

/**
 * Where a lead goes on. What the sink itself has stored wins over `lastCommit`, which follows it; except when `lastCommit` was written by runs
 * that kept nothing there (`governs` is false), or follows an operator's order that the stored one does not know yet.
 */
export function goesOn(
  claim: Claim,
  stored: StoredPosition | undefined,
  governs: boolean,
): { position: Position; adopted: number | undefined; wins: boolean } {
  const { adoptTerm, order } = claim;
  if (!stored) return { position: claim.position, adopted: undefined, wins: false };
  const adopts = adoptTerm !== undefined && (stored.term === adoptTerm || stored.adopted === adoptTerm);
  const follows = stored.order === order || (adopts && order === undefined);
  const wins = follows && (governs || adopts);
  return {
    position: wins ? stored.position : claim.position,
    adopted: adopts ? adoptTerm : undefined,
    wins,
  };
}
