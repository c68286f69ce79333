import { Cursor } from './cursor.js';
import type { JsonNode } from './json-tree.js';
import { jsonTree, treeText } from './json-tree.js';

const REPLACE = 0;
const INSERT = 1;
const REMOVE = 2;

/** The value before is not in the row image, so a difference to it says nothing. */
export class MissingBefore extends Error {
  constructor() {
    super('a partial update of JSON whose value before is not in the row, because binlog_row_image is not FULL');
  }
}

/**
 * Applies a partial update of a JSON value (the server's Json_diff_vector) to the value before, both as the binlog has them; returns the text of
 * the value after, as SELECT shows it.
 * @throws RangeError when the difference does not fit the value
 */
export function partialJson(before: Buffer, difference: Buffer): string {
  let root = jsonTree(before);
  const cursor = new Cursor(difference, 0);
  while (cursor.at < difference.length) {
    const operation = cursor.uint(1);
    const path = legs(cursor.text(cursor.lengthEncoded()));
    const value = operation === REMOVE ? undefined : jsonTree(cursor.bytes(cursor.lengthEncoded()));
    const last = path.pop();
    if (last === undefined) {
      if (operation !== REPLACE || !value)
        throw new RangeError('a JSON difference at the root that does not replace it');
      root = value;
    } else {
      apply(operation, path.reduce(child, root), last, value);
    }
  }
  return treeText(root);
}

type Leg = string | number;

const LEG = /\.(?:"((?:[^"\\]|\\.)*)"|([^.["\s]+))|\[(\d+)\]/uy;

/** The legs of a path like `$.a[3]."odd key"`. */
function legs(path: string): Leg[] {
  const found: Leg[] = [];
  if (!path.startsWith('$')) throw new RangeError('a JSON path that does not begin with $');
  LEG.lastIndex = 1;
  while (LEG.lastIndex < path.length) {
    const match = LEG.exec(path);
    if (!match) throw new RangeError('a JSON path that cannot be read');
    const [, quoted, plain, index] = match;
    if (index !== undefined) found.push(Number(index));
    else found.push(quoted === undefined ? plain! : (JSON.parse(`"${quoted}"`) as string));
  }
  return found;
}

function child(node: JsonNode, leg: Leg): JsonNode {
  const found = typeof leg === 'number' ? node.items?.[leg] : node.members?.find(([name]) => name === leg)?.[1];
  if (!found) throw new RangeError('a JSON difference below a path that is not there');
  return found;
}

function apply(operation: number, parent: JsonNode, leg: Leg, value: JsonNode | undefined): void {
  if (typeof leg === 'number') {
    const { items } = parent;
    if (!items) throw new RangeError('a JSON difference in an array that is none');
    if (operation === INSERT && value) items.splice(leg, 0, value);
    else if (leg >= items.length) throw new RangeError('a JSON difference at an element that is not there');
    else if (operation === REPLACE && value) items[leg] = value;
    else if (operation === REMOVE) items.splice(leg, 1);
    else throw new RangeError(`an unknown JSON difference ${operation}`);
    return;
  }
  const { members } = parent;
  if (!members) throw new RangeError('a JSON difference in an object that is none');
  const at = members.findIndex(([name]) => name === leg);
  if (operation === INSERT && value) {
    if (at >= 0) throw new RangeError('a JSON difference that adds a member which is there');
    const behind = members.findIndex(([name]) => comesBefore(leg, name));
    members.splice(behind < 0 ? members.length : behind, 0, [leg, value]);
  } else if (at < 0) throw new RangeError('a JSON difference at a member that is not there');
  else if (operation === REPLACE && value) members[at]![1] = value;
  else if (operation === REMOVE) members.splice(at, 1);
  else throw new RangeError(`an unknown JSON difference ${operation}`);
}

/** Members are stored by the length of their names, and then by their bytes. */
function comesBefore(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length ? left.compare(right) < 0 : left.length < right.length;
}
