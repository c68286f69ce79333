import { decimalText } from './decimal-text.js';
import { packedDatetime, packedTime } from './temporal-text.js';

/**
 * Writes MySQL's binary JSON (as in the server's json_binary.h) as the text that SELECT shows: members in stored order,
 * `, ` and `: ` between them, 64-bit integers and DECIMAL with all digits, DOUBLE recognisable as such, temporal and
 * binary values as the server's strings.
 * @throws RangeError when it is not well-formed
 */
export function jsonText(buffer: Buffer, start: number, end: number): string {
  // The server stores an empty value where a strict mode let NULL into a NOT NULL column, and reads it as null.
  if (start === end) return 'null';
  budget = end - start;
  return valueText(buffer.subarray(start, end), buffer.readUInt8(start), 1);
}

/**
 * How many more entries the value can have: each takes bytes of its own. In broken data, entries could point at one another and be gone
 * through without end.
 */
let budget = 0;

/** A value that is neither object nor array. */
export function scalarText(json: Buffer, type: number, at: number): string {
  if (type < 0x04) throw new RangeError('not a scalar');
  return valueText(json, type, at);
}

const LITERALS = ['null', 'true', 'false'];

function valueText(json: Buffer, type: number, at: number): string {
  switch (type) {
    case 0x00:
    case 0x01:
      return objectText(json, at, type === 0x01);
    case 0x02:
    case 0x03:
      return arrayText(json, at, type === 0x03);
    case 0x04: {
      const literal = LITERALS[json.readUInt8(at)];
      if (literal === undefined) throw new RangeError('unknown JSON literal');
      return literal;
    }
    case 0x05:
      return String(json.readInt16LE(at));
    case 0x06:
      return String(json.readUInt16LE(at));
    case 0x07:
      return String(json.readInt32LE(at));
    case 0x08:
      return String(json.readUInt32LE(at));
    case 0x09:
      return String(json.readBigInt64LE(at));
    case 0x0a:
      return String(json.readBigUInt64LE(at));
    case 0x0b:
      return doubleText(json.readDoubleLE(at));
    case 0x0c: {
      const [length, from] = variableLength(json, at);
      return JSON.stringify(slice(json, from, length).toString('utf8'));
    }
    case 0x0f:
      return opaqueText(json, at);
    default:
      throw new RangeError(`unknown JSON type ${type}`);
  }
}

function objectText(json: Buffer, at: number, large: boolean): string {
  const width = large ? 4 : 2;
  const count = json.readUIntLE(at, width);
  const keys = at + 2 * width;
  const values = keys + count * (width + 2);
  const members: string[] = [];
  for (let i = 0; i < count; i++) {
    const key = keys + i * (width + 2);
    const name = keyText(json, at, key, width);
    members.push(`${JSON.stringify(name)}: ${entryText(json, at, values + i * (width + 1), large)}`);
  }
  return `{${members.join(', ')}}`;
}

/** A key entry is an offset from the container's start and a length of two bytes. */
export function keyText(json: Buffer, container: number, entry: number, width: number): string {
  return slice(json, container + json.readUIntLE(entry, width), json.readUInt16LE(entry + width)).toString('utf8');
}

function arrayText(json: Buffer, at: number, large: boolean): string {
  const width = large ? 4 : 2;
  const count = json.readUIntLE(at, width);
  const entries = at + 2 * width;
  const elements: string[] = [];
  for (let i = 0; i < count; i++) elements.push(entryText(json, at, entries + i * (width + 1), large));
  return `[${elements.join(', ')}]`;
}

/** A value entry is a type and either the value itself, where it fits, or its offset from the container's start. */
function entryText(json: Buffer, container: number, entry: number, large: boolean): string {
  if (budget-- <= 0) throw new RangeError('JSON with more entries than it has bytes');
  return valueText(json, json.readUInt8(entry), entryAt(json, container, entry, large));
}

export function entryAt(json: Buffer, container: number, entry: number, large: boolean): number {
  const type = json.readUInt8(entry);
  const inline = type === 0x04 || type === 0x05 || type === 0x06 || (large && (type === 0x07 || type === 0x08));
  return inline ? entry + 1 : container + json.readUIntLE(entry + 1, large ? 4 : 2);
}

/** Seven bits a byte, lowest first, the high bit says that more follow; returns the length and where the data begins. */
function variableLength(json: Buffer, at: number): [length: number, from: number] {
  let length = 0;
  for (let i = 0; i < 5; i++) {
    const byte = json.readUInt8(at + i);
    length += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return [length, at + i + 1];
  }
  throw new RangeError('JSON length out of range');
}

function slice(json: Buffer, from: number, length: number): Buffer {
  if (from + length > json.length) throw new RangeError('JSON value beyond its end');
  return json.subarray(from, from + length);
}

function opaqueText(json: Buffer, at: number): string {
  const type = json.readUInt8(at);
  const [length, from] = variableLength(json, at + 1);
  const data = slice(json, from, length);
  switch (type) {
    case 246: {
      const precision = data.readUInt8(0);
      return decimalText(data, 2, precision, data.readUInt8(1));
    }
    case 10:
      return `"${packedDatetime(data.readBigInt64LE(0)).slice(0, 10)}"`;
    case 7:
    case 12:
      return `"${packedDatetime(data.readBigInt64LE(0))}"`;
    case 11:
      return `"${packedTime(data.readBigInt64LE(0))}"`;
    default:
      // The server breaks base64 into lines of 76 characters, and JSON then escapes the breaks.
      return `"base64:type${type}:${data.toString('base64').replace(/.{76}(?=.)/g, '$&\\n')}"`;
  }
}

/**
 * The shortest digits that give the same number back, in the server's layout: an exponent beyond 15 digits before or 14 zeros
 * after the point, and a `.0` that tells a whole DOUBLE from an integer.
 */
function doubleText(value: number): string {
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(value.toExponential());
  if (!match) throw new RangeError('not a JSON number');
  const [, sign, first, rest = '', power] = match;
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const exponent = Number(power);
  if (exponent > 14 || exponent < -15) return `${sign}${first}${rest && `.${rest}`}e${exponent}`;
  const digits = first! + rest;
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${sign}${whole}.${digits.slice(exponent + 1) || '0'}`;
}
