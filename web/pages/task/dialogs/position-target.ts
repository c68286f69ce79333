import type { PositionTarget } from '../../../../server/api/schema/task-orders.js';

export const TARGETS = ['latest', 'earliest', 'time', 'gtid', 'file'] as const;
export type TargetKind = (typeof TARGETS)[number];

/** What was typed, whether or not it is whole. */
export interface TypedTarget {
  readonly kind: TargetKind;
  /** As a local date and time field has it. */
  readonly time: string;
  readonly gtid: string;
  readonly file: string;
  readonly offset: string;
}

/** The target that was typed; `undefined` while it is not whole. */
export function targetOf({ kind, time, gtid, file, offset }: TypedTarget): PositionTarget | undefined {
  switch (kind) {
    case 'latest':
    case 'earliest':
      return kind;
    case 'time': {
      const at = Date.parse(time);
      return Number.isNaN(at) ? undefined : { time: at };
    }
    case 'gtid':
      return gtid.trim() === '' ? undefined : { gtid: gtid.replace(/\s+/g, '') };
    case 'file': {
      const position = Number(offset);
      const whole = /^[^:/\\\s]+\.\d+$/.test(file.trim()) && Number.isInteger(position) && position >= 4;
      return whole ? { file: file.trim(), position } : undefined;
    }
  }
}

/** `binlog.000012:4711`, pasted into the file's field, taken apart. */
export function pastedPosition(text: string): { readonly file: string; readonly offset: string } | undefined {
  const match = /^\s*([^:/\\\s]+\.\d+):(\d+)\s*$/.exec(text);
  return match === null ? undefined : { file: match[1]!, offset: match[2]! };
}
