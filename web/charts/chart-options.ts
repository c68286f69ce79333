import type uPlot from 'uplot';
import type { Format } from '../format/use-format.js';
import { FONT } from '../theme/antd-theme.js';
import type { Palette } from '../theme/palette.js';

/** A moment that is marked in a chart. */
export interface Moment {
  readonly at: number;
  readonly bad: boolean;
}

interface Live {
  readonly text: (value: number) => string;
  readonly format: Format;
  readonly moments: readonly Moment[];
}

interface Look {
  readonly width: number;
  readonly height: number;
  readonly colour: string;
  readonly palette: Palette;
  readonly from: number;
  readonly to: number;
  /** Whether the times stand below: charts that share an axis have it once. */
  readonly times: boolean;
  /** What changes with the language and the data; read when it is drawn. */
  readonly live: { readonly current: Live };
}

/** Room for the values at the left: the same in all charts, so that they stand exactly below each other. */
export const AXIS_PX = 64;
/** Height of the times below a chart. */
export const TIMES_PX = 24;
const DAY_MS = 86_400_000;

export function chartOptions({ width, height, colour, palette, live, from, to, times }: Look): uPlot.Options {
  const axis = { font: `11px ${FONT}`, stroke: palette.quiet, ticks: { show: false } } as const;
  const time = (seconds: number): string => {
    const { format } = live.current;
    return to - from > DAY_MS ? format.dayAndTime(seconds * 1000) : format.hourAndMinute(seconds * 1000);
  };
  return {
    width,
    height,
    // Below too, where no times stand: the lowest value's text needs half of its height.
    padding: [8, 8, times ? 0 : 8, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
    scales: {
      x: { time: true, auto: false, range: (_, min, max) => [min, max] },
      y: { range: (_, __, max) => [0, niceTop(max)] },
    },
    axes: [
      { ...axis, show: times, grid: { show: false }, space: 80, size: TIMES_PX, values: (_, ticks) => ticks.map(time) },
      {
        ...axis,
        size: AXIS_PX,
        space: 34,
        grid: { stroke: palette.line, width: 1 },
        values: (_, ticks) => withoutRepeats(ticks.map((value) => live.current.text(value))),
      },
    ],
    series: [
      {},
      {
        stroke: colour,
        width: 1.5,
        fill: `${colour}1f`,
        spanGaps: false,
        points: { show: true, size: 4, width: 0, fill: colour, filter: (plot) => alone(plot.data[1] ?? []) },
      },
    ],
    hooks: { drawSeries: [(plot) => drawMoments(plot, live.current.moments, palette)] },
  };
}

/** Points between two gaps, which no line would show. */
function alone(values: ArrayLike<number | null | undefined>): number[] {
  return Array.from(values).flatMap((value, i, all) =>
    typeof value === 'number' && typeof all[i - 1] !== 'number' && typeof all[i + 1] !== 'number' ? [i] : [],
  );
}

/** Where rounding makes two values look the same, the higher one has its text. */
function withoutRepeats(texts: readonly string[]): string[] {
  return texts.map((text, i) => (text === texts[i + 1] ? '' : text));
}

/** A calm line stays at the foot instead of filling the height by its noise. */
function niceTop(max: number | null): number {
  if (max === null || max <= 0) return 1;
  const step = 10 ** Math.floor(Math.log10(max));
  for (const factor of [1, 2, 2.5, 5, 10]) if (max * 1.05 <= factor * step) return factor * step;
  return 20 * step;
}

function drawMoments(plot: uPlot, moments: readonly Moment[], palette: Palette): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
  for (const { at, bad } of moments) {
    const x = Math.round(plot.valToPos(at / 1000, 'x', true));
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.strokeStyle = bad ? palette.bad : palette.lineStrong;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}
