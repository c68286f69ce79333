import { entryAt, keyText, scalarText } from './json-text.js';

/** A JSON value that can be changed: an object, an array, or the text of anything else. */
export interface JsonNode {
  readonly members?: [name: string, node: JsonNode][];
  readonly items?: JsonNode[];
  readonly text?: string;
}

/** Makes a tree of MySQL's binary JSON. @throws RangeError when it is not well-formed */
export function jsonTree(json: Buffer): JsonNode {
  if (json.length === 0) return { text: 'null' };
  return node(json, { type: json.readUInt8(0), at: 1, rest: { entries: json.length } });
}

interface Place {
  readonly type: number;
  readonly at: number;
  /** How many entries may still come: each takes bytes of its own. */
  readonly rest: { entries: number };
}

function node(json: Buffer, { type, at, rest }: Place): JsonNode {
  if (type > 0x03) return { text: scalarText(json, type, at) };
  const large = (type & 1) === 1;
  const width = large ? 4 : 2;
  const count = json.readUIntLE(at, width);
  const isObject = type < 0x02;
  const keys = at + 2 * width;
  const values = keys + (isObject ? count * (width + 2) : 0);
  const value = (i: number): JsonNode => {
    if (rest.entries-- <= 0) throw new RangeError('JSON with more entries than it has bytes');
    const entry = values + i * (width + 1);
    return node(json, { type: json.readUInt8(entry), at: entryAt(json, at, entry, large), rest });
  };
  if (!isObject) {
    const items: JsonNode[] = [];
    for (let i = 0; i < count; i++) items.push(value(i));
    return { items };
  }
  const members: [string, JsonNode][] = [];
  for (let i = 0; i < count; i++) members.push([keyText(json, at, keys + i * (width + 2), width), value(i)]);
  return { members };
}

/** The text as SELECT shows it. */
export function treeText({ members, items, text }: JsonNode): string {
  if (members) return `{${members.map(([name, value]) => `${JSON.stringify(name)}: ${treeText(value)}`).join(', ')}}`;
  if (items) return `[${items.map(treeText).join(', ')}]`;
  return text ?? 'null';
}
