import { useEffect, useRef, type ReactNode } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useFormat } from '../format/use-format.js';
import { PALETTES } from '../theme/palette.js';
import { useAppearance } from '../theme/appearance.js';
import { hover } from './hover.js';
import { chartOptions, TIMES_PX, type Moment } from './chart-options.js';

export interface TimeChartProps {
  readonly title: string;
  readonly t: readonly number[];
  readonly values: readonly (number | null)[];
  readonly from: number;
  readonly to: number;
  readonly colour: string;
  readonly text: (value: number) => string;
  /** Moments to mark by a line. */
  readonly moments?: readonly Moment[];
  /** Whether the times stand below. */
  readonly times?: boolean;
}

const HEIGHT_PX = 100;

const NO_MOMENTS: readonly Moment[] = [];

/** One quantity over time. Gaps are gaps; the value under the pointer, or the newest one, stands beside the title. */
export function TimeChart(props: TimeChartProps): ReactNode {
  const { title, t, values, from, to, colour, text, moments = NO_MOMENTS, times = false } = props;
  const height = HEIGHT_PX + (times ? TIMES_PX : 0);
  const format = useFormat();
  const { shown } = useAppearance();
  const place = useRef<HTMLDivElement>(null);
  const value = useRef<HTMLSpanElement>(null);
  const plot = useRef<uPlot>(undefined);
  const latest = newest(values);
  const told = latest === undefined ? '–' : text(latest);
  const axisText = useRef({ text, format, moments });
  useEffect(() => {
    axisText.current = { text, format, moments };
  });

  useEffect(() => {
    const box = place.current!;
    const made = new uPlot(
      chartOptions({
        width: box.clientWidth,
        height,
        colour,
        palette: PALETTES[shown],
        live: axisText,
        times,
        from,
        to,
      }),
      [[], []],
      box,
    );
    plot.current = made;
    const tellHover = (): void => {
      const { left } = made.cursor;
      const inside = left !== undefined && left >= 0;
      hover.set({ at: inside ? made.posToVal(left, 'x') * 1000 : undefined, by: made });
    };
    made.over.addEventListener('mousemove', tellHover);
    made.over.addEventListener('mouseleave', tellHover);
    const size = new ResizeObserver(() => made.setSize({ width: box.clientWidth, height }));
    size.observe(box);
    return () => {
      size.disconnect();
      made.destroy();
      plot.current = undefined;
    };
    // Only for another look is a chart made anew; the range is set by the next effect.
  }, [colour, shown, height]);

  useEffect(() => {
    plot.current?.setData([t.map((at) => at / 1000), values as (number | null)[]], false);
    plot.current?.setScale('x', { min: from / 1000, max: to / 1000 });
  }, [t, values, from, to, colour, shown, height, moments]);

  useEffect(
    () =>
      hover.subscribe(() => {
        const { at, by } = hover.get();
        const made = plot.current;
        if (made === undefined || value.current === null) return;
        if (by !== made) {
          made.setCursor({ left: at === undefined ? -10 : made.valToPos(at / 1000, 'x'), top: -10 }, false);
        }
        const index = at === undefined ? undefined : nearest(t, at);
        const found = index === undefined ? latest : values[index];
        value.current.textContent = found === undefined || found === null ? '–' : text(found);
      }),
    [t, values, latest, text],
  );

  return (
    <figure className="chart">
      <figcaption className="row spread">
        <span className="quiet">{title}</span>
        <span className="strong" ref={value}>
          {told}
        </span>
      </figcaption>
      <div ref={place} role="img" aria-label={`${title}: ${told}`} style={{ height }} />
    </figure>
  );
}

function newest(values: readonly (number | null)[]): number | undefined {
  return values.findLast((value) => value !== null) ?? undefined;
}

/** The index of the point that is nearest to a moment. */
function nearest(t: readonly number[], at: number): number | undefined {
  if (t.length === 0) return undefined;
  let low = 0;
  let high = t.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (t[middle]! < at) low = middle + 1;
    else high = middle;
  }
  return low > 0 && at - t[low - 1]! < t[low]! - at ? low - 1 : low;
}
