import type { ReactNode } from 'react';

const WIDTH = 88;
const HEIGHT = 22;

/** A line without axes; gaps are gaps. `label` says in words what it shows. */
export function Sparkline({
  values,
  label,
}: {
  readonly values: readonly (number | null)[];
  readonly label: string;
}): ReactNode {
  const top = Math.max(1, ...values.map((value) => value ?? 0));
  const step = WIDTH / Math.max(1, values.length - 1);
  let path = '';
  let drawing = false;
  for (const [i, value] of values.entries()) {
    if (value === null) {
      drawing = false;
      continue;
    }
    const x = (i * step).toFixed(1);
    const y = (HEIGHT - 1.5 - (value / top) * (HEIGHT - 3)).toFixed(1);
    path += `${drawing ? 'L' : 'M'}${x} ${y}`;
    // A single value between two gaps is a dot.
    if (!drawing && (values[i + 1] ?? null) === null) path += 'h.01';
    drawing = true;
  }
  return (
    <svg
      className="spark"
      role="img"
      aria-label={label}
      width={WIDTH}
      height={HEIGHT}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
    >
      <path d={path} fill="none" stroke="currentColor" strokeWidth="1.4" strokeLinejoin="round" strokeLinecap="round" />
    </svg>
  );
}
