/** The number with the fewest digits that is the same 32-bit float: 1.1, not 1.100000023841858. */
export function shortFloat(value: number): number {
  if (Number.isInteger(value) && Math.abs(value) < 2 ** 24) return value;
  for (let digits = 6; digits < 9; digits++) {
    const shorter = Number(value.toPrecision(digits));
    if (Math.fround(shorter) === value) return shorter;
  }
  return Number(value.toPrecision(9));
}
