/** @file Text as coverage of pixels, from outlines, at any size. */
import { EM, OUTLINES } from './letter-outlines.js';

/** How much of each pixel text covers, from 0 to 255, row by row. */
export interface TextMask {
  readonly width: number;
  readonly height: number;
  readonly coverage: Uint8Array;
}

type Point = readonly [x: number, y: number];

/** A letter at a size: its mask is as high as a line, and as wide as the letter reaches. */
interface Letter {
  readonly advance: number;
  readonly mask: TextMask;
}

/** Lines of each row of pixels in which coverage is exact from left to right. */
const LINES = 8;
/** Straight pieces that a parabola is drawn as: of letters, even large ones are short. */
const PIECES = 8;
/** Units of an empty frame in the place of a character that has no outline. */
const MISSING = { advance: 300, left: 40, right: 260, top: 364, stroke: 36 } as const;

const letters = new Map<string, Letter>();

/** A line of text, `size` pixels an em; characters without an outline are empty frames. */
export function textMask(text: string, size: number): TextMask {
  const line = [...text].map((character) => letterOf(character, size));
  const width = Math.ceil(line.reduce((sum, { advance }) => sum + advance, 0)) + 1;
  const { height } = lineSize(size);
  const coverage = new Uint8Array(width * height);
  let at = 0;
  for (const { advance, mask } of line) {
    const left = Math.round(at);
    for (let i = 0; i < mask.coverage.length; i++) {
      const x = left + (i % mask.width);
      if (x >= width) continue;
      const place = Math.floor(i / mask.width) * width + x;
      coverage[place] = Math.max(coverage[place]!, mask.coverage[i]!);
    }
    at += advance;
  }
  return { width, height, coverage };
}

/** Rows of a line, and how many of them are above the baseline. */
function lineSize(size: number): { readonly height: number; readonly above: number } {
  const above = Math.ceil((EM.ascent * size) / EM.units);
  return { above, height: above + Math.ceil((EM.descent * size) / EM.units) };
}

function letterOf(character: string, size: number): Letter {
  const key = `${size} ${character}`;
  const earlier = letters.get(key);
  if (earlier) return earlier;
  const outline = Object.hasOwn(OUTLINES, character) ? OUTLINES[character]! : undefined;
  const [advance, contours] = outline ?? [MISSING.advance, missing()];
  const scale = size / EM.units;
  const { height, above } = lineSize(size);
  const width = Math.ceil(advance * scale) + 1;
  const placed = contoursOf(contours).map((points) =>
    points.map(([x, y]): Point => [x * scale, above - y * scale]),
  );
  const letter = {
    advance: advance * scale,
    mask: { width, height, coverage: filled(placed, width, height) },
  };
  letters.set(key, letter);
  return letter;
}

/** The frame of what is missing: around, and the hole the other way round. */
function missing(): string {
  const { left, right, top, stroke } = MISSING;
  const [l, r, t, b] = [left + stroke, right - stroke, top - stroke, stroke];
  return (
    `M${left} 0L${left} ${top}L${right} ${top}L${right} 0` +
    `M${l} ${b}L${r} ${b}L${r} ${t}L${l} ${t}`
  );
}

/** Contours as polygons. */
function contoursOf(text: string): readonly (readonly Point[])[] {
  const contours: Point[][] = [];
  for (const [, kind, numbers] of text.matchAll(/([MLQ])([^MLQ]+)/g)) {
    const [x, y, endX, endY] = numbers!.split(' ').map(Number) as [number, number, number, number];
    if (kind === 'M') contours.push([]);
    const points = contours.at(-1)!;
    if (kind !== 'Q') {
      points.push([x, y]);
      continue;
    }
    const [startX, startY] = points.at(-1)!;
    for (let i = 1; i <= PIECES; i++) {
      const t = i / PIECES;
      const [a, b, c] = [(1 - t) ** 2, 2 * t * (1 - t), t ** 2];
      points.push([a * startX + b * x + c * endX, a * startY + b * y + c * endY]);
    }
  }
  return contours;
}

/** How much of each pixel lies within the contours, where their winding number is not zero. */
function filled(
  contours: readonly (readonly Point[])[],
  width: number,
  height: number,
): Uint8Array {
  const sums = new Float32Array(width * height);
  for (let line = 0; line < height * LINES; line++) {
    const crossings = crossingsAt(contours, (line + 0.5) / LINES);
    const row = Math.floor(line / LINES) * width;
    let winding = 0;
    crossings.forEach(([x, turn], i) => {
      winding += turn;
      const next = crossings[i + 1]?.[0];
      if (winding !== 0 && next !== undefined) addSpan(sums, row, width, x, next);
    });
  }
  return Uint8Array.from(sums, (sum) => Math.round((255 * Math.min(sum, LINES)) / LINES));
}

/** Where contours cross a horizontal line, from left to right, and which way. */
function crossingsAt(
  contours: readonly (readonly Point[])[],
  y: number,
): readonly (readonly [x: number, turn: 1 | -1])[] {
  const crossings: [x: number, turn: 1 | -1][] = [];
  for (const points of contours) {
    points.forEach(([x1, y1], i) => {
      const [x0, y0] = points.at(i - 1)!;
      if (y0 <= y === y1 <= y) return;
      crossings.push([x0 + ((y - y0) / (y1 - y0)) * (x1 - x0), y0 < y1 ? 1 : -1]);
    });
  }
  return crossings.sort(([a], [b]) => a - b);
}

/** Adds a span of a line to the pixels that it covers, each by its share. */
function addSpan(sums: Float32Array, row: number, width: number, from: number, to: number): void {
  for (let x = Math.max(0, Math.floor(from)); x < Math.min(width, to); x++) {
    sums[row + x]! += Math.min(to, x + 1) - Math.max(from, x);
  }
}
