/** Bytes that hold 0 to 9 decimal digits. */
const DIGIT_BYTES = [0, 1, 1, 2, 2, 3, 3, 4, 4, 4] as const;

/** Size of a DECIMAL(precision, scale) in a row image. */
export function decimalSize(precision: number, scale: number): number {
  const whole = precision - scale;
  return (
    4 * (Math.trunc(whole / 9) + Math.trunc(scale / 9)) + (DIGIT_BYTES[whole % 9] ?? 0) + (DIGIT_BYTES[scale % 9] ?? 0)
  );
}

/**
 * The exact text of a DECIMAL (format of the server's decimal2bin): groups of nine digits in four big-endian bytes, shorter
 * groups at the outer ends, the first bit inverted, and all bits inverted for a negative number.
 */
export function decimalText(buffer: Buffer, start: number, precision: number, scale: number): string {
  const whole = precision - scale;
  const negative = (buffer.readUInt8(start) & 0x80) === 0;
  let at = start;
  let text = '';
  const group = (digits: number): string => {
    const size = DIGIT_BYTES[digits] ?? 4;
    let value = buffer.readUIntBE(at, size);
    if (at === start) value ^= 0x80 << (8 * (size - 1));
    if (negative) value = ~value;
    // Back to an unsigned number of this size: the operators above are 32-bit and signed.
    value = size === 4 ? value >>> 0 : value & (2 ** (8 * size) - 1);
    at += size;
    return String(value).padStart(digits, '0');
  };
  if (whole % 9 > 0) text += group(whole % 9);
  for (let i = Math.trunc(whole / 9); i > 0; i--) text += group(9);
  text = text.replace(/^0+(?=\d)/, '') || '0';
  if (scale > 0) {
    text += '.';
    for (let i = Math.trunc(scale / 9); i > 0; i--) text += group(9);
    if (scale % 9 > 0) text += group(scale % 9);
  }
  return negative ? `-${text}` : text;
}

/** The same for numbers of at most 15 digits, whose halves JavaScript holds exactly. */
export function shortDecimalText(precision: number, scale: number): (buffer: Buffer, start: number) => string {
  const whole = precision - scale;
  // Sizes of the groups of either half, in bytes, and what each adds.
  const groups = (digits: readonly number[]): readonly (readonly [bytes: number, power: number])[] =>
    digits.map((count) => [DIGIT_BYTES[count]!, 10 ** count]);
  const wholeGroups = groups([...(whole % 9 > 0 ? [whole % 9] : []), ...Array<number>(Math.trunc(whole / 9)).fill(9)]);
  const fractionGroups = groups([
    ...Array<number>(Math.trunc(scale / 9)).fill(9),
    ...(scale % 9 > 0 ? [scale % 9] : []),
  ]);
  let at = 0;
  const half = (buffer: Buffer, parts: typeof wholeGroups, flip: number): number => {
    let sum = 0;
    for (const [bytes, power] of parts) {
      let value = 0;
      for (let i = 0; i < bytes; i++) value = value * 256 + (buffer[at++]! ^ flip);
      sum = sum * power + value;
    }
    return sum;
  };
  const signBits = wholeGroups.length > 0 ? 2 ** (8 * wholeGroups[0]![0] - 1) : 2 ** (8 * fractionGroups[0]![0] - 1);
  // The first bit, inverted like all others of a negative number, is set in front of the highest group.
  const wholeSign = wholeGroups.length > 0 ? signBits * 10 ** (9 * (wholeGroups.length - 1)) : 0;
  const fractionSign =
    wholeGroups.length > 0 ? 0 : signBits * fractionGroups.slice(1).reduce((product, [, power]) => product * power, 1);
  return (buffer, start) => {
    at = start;
    const negative = (buffer[start]! & 0x80) === 0;
    const flip = negative ? 0xff : 0;
    const integer = String(half(buffer, wholeGroups, flip) - wholeSign);
    if (scale === 0) return negative ? `-${integer}` : integer;
    const fraction = String(half(buffer, fractionGroups, flip) - fractionSign).padStart(scale, '0');
    return negative ? `-${integer}.${fraction}` : `${integer}.${fraction}`;
  };
}
