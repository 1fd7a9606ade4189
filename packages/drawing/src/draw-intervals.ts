/** @file Values with intervals, a row each. */
import { checkArguments } from '@slowfast/core';
import { svgDocument } from './document.js';
import { element, path, textLine } from './element.js';
import { COLOURS, type Theme } from './theme.js';

/** What {@link drawIntervals} draws. */
export interface IntervalDrawing {
  readonly title: string;
  /** What values are of: `top1, %`. */
  readonly unit: string;
  readonly rows: readonly {
    readonly label: string;
    readonly value: number;
    /** NaN where there is no interval. */
    readonly low: number;
    readonly high: number;
    /** Which of {@link groups}. */
    readonly group: number;
  }[];
  /** What the colours mean. */
  readonly groups: readonly string[];
  /** Default `auto`: light or dark as the reader's system is. */
  readonly theme?: Theme;
}

const WIDTH = 840;
const LEFT = 260;
const RIGHT = 30;
const TOP = 76;
const ROW = 28;

/** An SVG document: a dot a row, with a line from low to high. */
export function drawIntervals(drawing: IntervalDrawing): string {
  checkArguments('drawIntervals', { drawing: [drawing, 'object'] });

  const { title, unit, rows, groups, theme = 'auto' } = drawing;
  const ends = rows.flatMap(({ value, low, high }) => [value, low, high]).filter(Number.isFinite);
  const [least, most] = ends.length > 0 ? [Math.min(...ends), Math.max(...ends)] : [0, 1];
  const step = [1, 2, 5, 10, 20, 50].find((each) => (most - least) / each <= 10) ?? 100;
  const from = Math.floor(least / step) * step;
  const to = Math.max(from + step, Math.ceil(most / step) * step);
  const x = (value: number): number =>
    LEFT + ((value - from) / (to - from)) * (WIDTH - LEFT - RIGHT);
  const bottom = TOP + ROW * rows.length;
  const height = bottom + 50;
  const ticks = Array.from(
    { length: Math.round((to - from) / step) + 1 },
    (_, i) => from + i * step,
  );
  const description = rows
    .map(({ label, value, low, high }) =>
      Number.isFinite(low)
        ? `${label}: ${value.toFixed(1)}, ${low.toFixed(1)} to ${high.toFixed(1)}.`
        : `${label}: ${value.toFixed(1)}.`,
    )
    .join(' ');
  return svgDocument(
    { width: WIDTH, height, title, description, theme, titleAt: [20, 32] },
    ...groups.flatMap((label, i) => [
      element('circle', { cx: LEFT + 6 + 180 * i, cy: 54, r: 5, class: `bar${i % COLOURS}` }),
      textLine(label, LEFT + 18 + 180 * i, 58, { class: 'small' }),
    ]),
    ...ticks.flatMap((tick) => [
      path(
        [
          [x(tick), TOP],
          [x(tick), bottom],
        ],
        { class: 'rule' },
      ),
      textLine(`${tick}`, x(tick), bottom + 18, { class: 'small', anchor: 'middle' }),
    ]),
    textLine(unit, (LEFT + WIDTH - RIGHT) / 2, bottom + 38, { class: 'small', anchor: 'middle' }),
    ...rows.flatMap(({ label, value, low, high, group }, i) => {
      const y = TOP + ROW * i + ROW / 2;
      const colour = group % COLOURS;
      return [
        textLine(label.length > 34 ? `${label.slice(0, 33)}…` : label, LEFT - 12, y + 4, {
          anchor: 'end',
        }),
        ...(Number.isFinite(low)
          ? [
              path(
                [
                  [x(low), y],
                  [x(high), y],
                ],
                { class: `lateral${colour}` },
              ),
            ]
          : []),
        element('circle', { cx: x(value), cy: y, r: 5, class: `bar${colour}` }),
      ];
    }),
  );
}
