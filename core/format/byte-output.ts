const TWO_DIGITS = new Uint8Array(200);
for (let i = 0; i < 100; i++) {
  TWO_DIGITS[2 * i] = 48 + Math.trunc(i / 10);
  TWO_DIGITS[2 * i + 1] = 48 + (i % 10);
}
const INT_LIMIT = 2 ** 31;
const LOW_DIGITS = 8;
const LOW = 10 ** LOW_DIGITS;
/** Up to here a call into native code costs more than it saves. */
const SHORT = 32;

/** What of Node's Buffer does the work of `write`, without its checks, which cost as much as a short text. */
interface Writes {
  utf8Write(text: string, at: number): number;
}

/**
 * Bytes that grow at their end. Who writes reserves first, generously and seldom: the methods that write a few bytes do not look. `bytes` may be another
 * Buffer after each `reserve`.
 */
export class ByteOutput {
  bytes: Buffer;
  /** Where the next byte goes. */
  at = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** Makes room for so many bytes more. */
  reserve(room: number): void {
    if (this.at + room > this.bytes.length) this.#grow(this.at + room);
  }

  /** Prepared bytes. */
  put(prepared: Uint8Array): void {
    const { bytes } = this;
    const { length } = prepared;
    let { at } = this;
    if (length > SHORT) {
      bytes.set(prepared, at);
      this.at = at + length;
      return;
    }
    for (let i = 0; i < length; i++) bytes[at++] = prepared[i]!;
    this.at = at;
  }

  /** Text of which every character is below U+0080. */
  ascii(text: string): void {
    const { bytes } = this;
    const { length } = text;
    let { at } = this;
    for (let i = 0; i < length; i++) bytes[at++] = text.charCodeAt(i);
    this.at = at;
  }

  /** Any text, as UTF-8; reserves for itself. */
  text(text: string): void {
    this.reserve(text.length < SMALL ? text.length * 3 : Buffer.byteLength(text));
    this.at += (this.bytes as unknown as Writes).utf8Write(text, this.at);
  }

  /** The digits of an integer between -2^53 and 2^53; at most 17 bytes. */
  integer(value: number): void {
    if (value < 0) {
      this.bytes[this.at++] = MINUS;
      value = -value;
    }
    if (value < INT_LIMIT) {
      this.#small(value);
      return;
    }
    const high = Math.floor(value / LOW);
    this.#small(high);
    this.padded(value - high * LOW, LOW_DIGITS);
  }

  /** The value with zeros in front up to so many digits; of an integer below 2^31 with no more digits than that. */
  padded(value: number, digits: number): void {
    const { bytes } = this;
    const end = this.at + digits;
    let at = end;
    while (at - this.at >= 2) {
      const rest = (value / 100) | 0;
      const two = (value - rest * 100) << 1;
      bytes[--at] = TWO_DIGITS[two + 1]!;
      bytes[--at] = TWO_DIGITS[two]!;
      value = rest;
    }
    if (at > this.at) bytes[--at] = 48 + value;
    this.at = end;
  }

  #small(value: number): void {
    if (value < 10) this.bytes[this.at++] = 48 + value;
    else this.padded(value, digitsOf(value));
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(larger, 0, 0, this.at);
    this.bytes = larger;
  }
}

const MINUS = 0x2d;
/** Below this, three bytes per character are reserved without looking. */
const SMALL = 2 ** 14;

function digitsOf(value: number): number {
  if (value < 1e5) return value < 1e3 ? (value < 100 ? 2 : 3) : value < 1e4 ? 4 : 5;
  if (value < 1e7) return value < 1e6 ? 6 : 7;
  return value < 1e9 ? (value < 1e8 ? 8 : 9) : 10;
}
