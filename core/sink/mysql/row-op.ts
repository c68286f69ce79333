import type { Place, Row } from '../../change.js';
import type { PlannedKey, TablePlan } from './table-plan.js';

/** What is to become of one row. */
export interface RowOp {
  readonly kind: 'insert' | 'update' | 'delete';
  readonly plan: TablePlan;
  readonly place: Place;
  /** Index in its rows event. */
  readonly index: number;
  /** The image by which it is found; undefined for an insert. */
  readonly before: Row | undefined;
  /** Undefined for a delete. */
  readonly after: Row | undefined;
}

/** What a row touches: two that name the same may not change places, unless both only read it. */
export interface Touches {
  readonly writes: readonly string[];
  readonly reads: readonly string[];
}

/**
 * The write set of a row: its unique keys before and after, what others refer to, and what it refers to itself. A key that cannot be told exactly
 * is all of the key's.
 */
export function touches(op: RowOp): Touches {
  const writes: string[] = [];
  const reads: string[] = [];
  const { plan, before, after } = op;
  for (const key of plan.owns) {
    for (const row of [before, after]) {
      if (!row) continue;
      const exact = keyOf(key, row);
      if (exact === undefined) writes.push(key.id);
      else if (exact !== null) {
        if (exact !== writes.at(-1)) writes.push(exact);
        reads.push(key.id);
      }
    }
  }
  if (plan.key.length === 0) {
    // Without a key one row cannot be told from another; only inserts are never in each other's way.
    const all = `${plan.name}||`;
    if (op.kind === 'insert') reads.push(all);
    else writes.push(all);
  }
  for (const key of plan.needs) {
    for (const row of [before, after]) {
      if (!row) continue;
      const exact = keyOf(key, row);
      if (exact !== null) reads.push(exact ?? key.id);
    }
  }
  return { writes, reads };
}

/** Undefined: not known. Null: a part is NULL, which equals nothing. */
function keyOf(key: PlannedKey, row: Row): string | undefined | null {
  if (!key.parts) return undefined;
  let text = key.id;
  for (const part of key.parts) {
    const value = row[part.index];
    if (value === undefined) return undefined;
    if (value === null) return null;
    const piece = part.text(value);
    if (piece === undefined) return undefined;
    text += `${piece.length}:${piece}`;
  }
  return text;
}
