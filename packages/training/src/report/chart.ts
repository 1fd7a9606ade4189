/** @file Curves as inline SVG. */

/** A curve: points by x. */
export interface Curve {
  readonly label: string;
  readonly colour: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** Options of {@link lineChart}. */
export interface ChartOptions {
  readonly title: string;
  readonly xLabel: string;
  /** Least and greatest y to show; default: from 0 to what there is. */
  readonly range?: readonly [number, number];
  /** How a y is written; default: three digits. */
  readonly tick?: (value: number) => string;
}

const WIDTH = 560;
const HEIGHT = 260;
const LEFT = 52;
const RIGHT = 14;
const BOTTOM = 34;
const TOP = 10;

/** A chart with axes and a legend; points that are not finite are left out, and a chart without any is empty. */
export function lineChart(curves: readonly Curve[], options: ChartOptions): string {
  const { title, xLabel, tick = short } = options;
  const drawn = curves
    .map((curve) => ({
      ...curve,
      points: curve.points.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y)),
    }))
    .filter(({ points }) => points.length > 0);
  const all = drawn.flatMap(({ points }) => points);
  if (all.length === 0) return '';
  const x = axis([0, greatest(all.map(([value]) => value))], [LEFT, WIDTH - RIGHT]);
  const range = options.range ?? [0, greatest(all.map(([, value]) => value))];
  const y = axis(range, [HEIGHT - BOTTOM, TOP]);
  const rows = y.ticks.map(
    (value) =>
      `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${fixed(y.at(value))}" y2="${fixed(y.at(value))}"/>` +
      `<text class="tick" x="${LEFT - 6}" y="${fixed(y.at(value) + 4)}" text-anchor="end">${tick(value)}</text>`,
  );
  const columns = x.ticks.map(
    (value) =>
      `<text class="tick" x="${fixed(x.at(value))}" y="${HEIGHT - BOTTOM + 15}" text-anchor="middle">${short(value)}</text>`,
  );
  const name = `<text class="tick" x="${WIDTH - RIGHT}" y="${HEIGHT - 4}" text-anchor="end">${escaped(xLabel)}</text>`;
  const lines = drawn.map(({ points, colour }) => {
    const places = points.map(([a, b]) => [fixed(x.at(a)), fixed(y.at(b))] as const);
    const [[cx, cy]] = places as [readonly [string, string]];
    return points.length === 1
      ? `<circle cx="${cx}" cy="${cy}" r="3" fill="${colour}"/>`
      : `<polyline fill="none" stroke="${colour}" stroke-width="1.6" points="${places.map((at) => at.join()).join(' ')}"/>`;
  });
  const keys = drawn.map(
    ({ label, colour }) =>
      `<span class="key"><i style="background:${colour}"></i>${escaped(label)}</span>`,
  );
  return (
    `<figure><figcaption><b>${escaped(title)}</b>${keys.join('')}</figcaption>` +
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(title)}">` +
    `${rows.join('')}${columns.join('')}${name}${lines.join('')}</svg></figure>`
  );
}

/** Text as HTML shows it. */
export function escaped(text: string): string {
  const signs: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
  };
  return text.replace(/[&<>"]/g, (sign) => signs[sign]!);
}

/** From values to places, with round values between; values outside are put at the edge. */
function axis(
  [least, most]: readonly [number, number],
  [from, to]: readonly [number, number],
): { at(value: number): number; readonly ticks: readonly number[] } {
  const span = most > least ? most - least : 1;
  const step = roundStep(span / 5);
  const first = Math.ceil(least / step - 1e-9);
  const last = Math.floor((least + span) / step + 1e-9);
  return {
    at: (value) => from + (Math.min(1, Math.max(0, (value - least) / span)) || 0) * (to - from),
    ticks: Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step),
  };
}

/** The least of 1, 2, 5, 10 … times a power of ten that is not below a size. */
function roundStep(size: number): number {
  const power = 10 ** Math.floor(Math.log10(size));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= size * 0.999)!;
}

const greatest = (values: readonly number[]): number =>
  values.reduce((most, value) => Math.max(most, value), 0);

const fixed = (value: number): string => value.toFixed(1);

const short = (value: number): string => `${Number(value.toPrecision(3))}`;
