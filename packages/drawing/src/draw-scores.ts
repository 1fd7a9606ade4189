/** @file Scores of classes over the time of a video, with the segments that were found in them. */
import { checkArguments } from '@slowfast/core';
import { svgDocument } from './document.js';
import { element, path, textLine } from './element.js';
import { COLOURS, type Theme } from './theme.js';

/** What {@link drawScores} draws. */
export interface ScoreDrawing {
  /** Seconds: the middle of each window. */
  readonly times: readonly number[];
  /** The classes to draw, with a score from 0 to 1 for each time. */
  readonly classes: readonly { readonly label: string; readonly scores: ArrayLike<number> }[];
  readonly segments: readonly {
    readonly label: string;
    readonly start: number;
    readonly end: number;
  }[];
  /** First and last second of the time axis. */
  readonly from: number;
  readonly to: number;
  /** What stands above the drawing. */
  readonly title: string;
  /** A line across at this score. */
  readonly threshold?: number;
  /** Default `auto`: light or dark as the reader's system is. */
  readonly theme?: Theme;
}

const WIDTH = 960;
const LEFT = 150;
const RIGHT = 30;
const TOP = 60;
const PLOT = 220;
const ROW = 24;

/** An SVG document: a curve a class above, a row of segments a class below, on one time axis. */
export function drawScores(drawing: ScoreDrawing): string {
  checkArguments('drawScores', { drawing: [drawing, 'object'] });

  const { times, classes, segments, from, to, title, threshold, theme = 'auto' } = drawing;
  const x = (seconds: number): number =>
    LEFT + ((seconds - from) / Math.max(1e-9, to - from)) * (WIDTH - LEFT - RIGHT);
  const y = (score: number): number => TOP + PLOT * (1 - Math.min(1, Math.max(0, score)));
  const rows = TOP + PLOT + 40;
  const height = rows + ROW * classes.length + 20;
  const description = sentences(segments);
  return svgDocument(
    { width: WIDTH, height, title, description, theme, titleAt: [20, 34] },
    ...[0, 0.25, 0.5, 0.75, 1].flatMap((score) => [
      path(
        [
          [LEFT, y(score)],
          [WIDTH - RIGHT, y(score)],
        ],
        { class: 'rule' },
      ),
      textLine(`${score}`, LEFT - 8, y(score) + 4, { class: 'small', anchor: 'end' }),
    ]),
    ...ticks(from, to).flatMap((second) => [
      path(
        [
          [x(second), TOP + PLOT],
          [x(second), TOP + PLOT + 5],
        ],
        { class: 'flow' },
      ),
      textLine(clock(second), x(second), TOP + PLOT + 20, { class: 'small', anchor: 'middle' }),
    ]),
    ...(threshold === undefined
      ? []
      : [
          path(
            [
              [LEFT, y(threshold)],
              [WIDTH - RIGHT, y(threshold)],
            ],
            {
              class: 'flow',
              'stroke-dasharray': '5 4',
            },
          ),
        ]),
    ...classes.map(({ scores }, i) =>
      path(
        times.map((second, k) => [x(second), y(scores[k]!)] as const),
        { class: `lateral${i % COLOURS}` },
      ),
    ),
    ...classes.flatMap(({ label }, i) => [
      textLine(shortened(label), LEFT - 8, rows + ROW * i + 12, {
        class: `name${i % COLOURS}`,
        anchor: 'end',
      }),
      path(
        [
          [LEFT, rows + ROW * i + 8],
          [WIDTH - RIGHT, rows + ROW * i + 8],
        ],
        { class: 'rule' },
      ),
      ...segments
        .filter((segment) => segment.label === label)
        .map(({ start, end }) =>
          element('rect', {
            ...{ x: x(start), y: rows + ROW * i, width: Math.max(2, x(end) - x(start)) },
            ...{ height: 16, rx: 3, class: `bar${i % COLOURS}` },
          }),
        ),
    ]),
  );
}

const shortened = (label: string): string => (label.length > 20 ? `${label.slice(0, 19)}…` : label);

/** Minutes and seconds; tenths where there are some. */
function clock(seconds: number): string {
  const rest = Math.round((seconds % 60) * 10) / 10;
  return `${Math.floor(seconds / 60)}:${rest < 10 ? '0' : ''}${rest}`;
}

/** About ten round times. */
function ticks(from: number, to: number): readonly number[] {
  const steps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];
  const step = steps.find((each) => (to - from) / each <= 12) ?? (to - from) / 10;
  const first = Math.ceil(from / step - 1e-9);
  const count = Math.max(0, Math.floor(to / step + 1e-9) - first + 1);
  return Array.from({ length: count }, (_, i) => (first + i) * step);
}

const sentences = (segments: ScoreDrawing['segments']): string =>
  segments.length === 0
    ? 'No segment.'
    : segments
        .map(({ label, start, end }) => `${label} from ${clock(start)} to ${clock(end)}.`)
        .join(' ');
