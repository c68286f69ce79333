import { touches, type RowOp, type Touches } from './row-op.js';

/** Rows that may be written in any order among themselves, once the group `after` is committed and all stages before are done. */
export interface Stage {
  /** Index of an earlier group; -1 for none. */
  readonly after: number;
  readonly ops: readonly RowOp[];
}

interface Touched {
  group: number;
  after: number;
  level: number;
}

interface Slot {
  write: Touched | undefined;
  read: Touched | undefined;
}

/**
 * Orders rows by what they touch. Groups are added in the order in which they will be committed; of each it says in which stages its rows
 * can be written so that two rows that touch the same are written in their order. A group's rows that touch what an earlier group does wait for that
 * group's commit, the others need not.
 */
export class Schedule {
  readonly #slots = new Map<string, Slot>();
  #group = -1;

  /** @param serial the group before is committed before this one begins, so that nothing is waited for */
  add(ops: readonly RowOp[], serial = false): Stage[] {
    this.#group++;
    if (serial) this.#slots.clear();
    const stages = new Map<number, RowOp[]>();
    const afters = new Map<number, number>();
    for (const op of ops) {
      const { after, level } = this.#place(touches(op));
      // Levels are far fewer than this.
      const order = (after + 1) * 2 ** 24 + level;
      const stage = stages.get(order);
      if (stage) stage.push(op);
      else {
        stages.set(order, [op]);
        afters.set(order, after);
      }
    }
    return [...stages.keys()]
      .toSorted((a, b) => a - b)
      .map((order) => ({ after: afters.get(order)!, ops: stages.get(order)! }));
  }

  #place({ writes, reads }: Touches): { after: number; level: number } {
    const group = this.#group;
    let after = -1;
    let level = 0;
    const behind = (touched: Touched | undefined): void => {
      if (!touched) return;
      if (touched.group !== group) {
        if (touched.group > after) [after, level] = [touched.group, 0];
      } else if (touched.after > after) [after, level] = [touched.after, touched.level + 1];
      else if (touched.after === after && touched.level >= level) level = touched.level + 1;
    };
    for (const key of writes) {
      const slot = this.#slots.get(key);
      behind(slot?.write);
      behind(slot?.read);
    }
    for (const key of reads) behind(this.#slots.get(key)?.write);
    const mine = { group, after, level };
    for (const key of writes) this.#slot(key).write = mine;
    for (const key of reads) {
      const slot = this.#slot(key);
      if (!slot.read || isBefore(slot.read, mine)) slot.read = mine;
    }
    return { after, level };
  }

  #slot(key: string): Slot {
    let slot = this.#slots.get(key);
    if (!slot) this.#slots.set(key, (slot = { write: undefined, read: undefined }));
    return slot;
  }
}

function isBefore(a: Touched, b: Touched): boolean {
  return a.group !== b.group ? a.group < b.group : a.after !== b.after ? a.after < b.after : a.level < b.level;
}
