/** A GTID set in parts, one for each server, so that a long one can be folded. */
export interface GtidPart {
  readonly uuid: string;
  readonly ranges: string;
  /** How many transactions the ranges hold. */
  readonly count: number;
}

/** `uuid:1-5:7,uuid2:…` taken apart; what is not of that form is one part without a count. */
export function gtidParts(set: string): GtidPart[] {
  return set
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const colon = part.indexOf(':');
      if (colon < 0) return { uuid: part, ranges: '', count: 0 };
      const ranges = part.slice(colon + 1);
      return {
        uuid: part.slice(0, colon),
        ranges,
        count: ranges.split(':').reduce((sum, range) => sum + size(range), 0),
      };
    });
}

function size(range: string): number {
  const match = /^(\d+)(?:-(\d+))?$/.exec(range);
  if (match === null) return 0;
  return match[2] === undefined ? 1 : Number(match[2]) - Number(match[1]) + 1;
}
