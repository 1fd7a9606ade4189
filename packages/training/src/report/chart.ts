/** @file Curves as inline SVG. */

/** A curve: points by x. */
export interface Curve {
  readonly label: string;
  readonly colour: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

const WIDTH = 640;
const HEIGHT = 260;
const LEFT = 56;
const BOTTOM = 30;
const TOP = 12;
const TICKS = 4;

/** A chart with axes and a legend; points that are not finite are left out. */
export function lineChart(title: string, xLabel: string, curves: readonly Curve[]): string {
  const drawn = curves.map((curve) => ({
    ...curve,
    points: curve.points.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y)),
  }));
  const all = drawn.flatMap(({ points }) => points);
  if (all.length === 0) return '';
  const [x0, x1] = range(all.map(([x]) => x));
  const [y0, y1] = range(all.map(([, y]) => y));
  const atX = (x: number): number => LEFT + ((x - x0) / (x1 - x0)) * (WIDTH - LEFT - 12);
  const atY = (y: number): number =>
    HEIGHT - BOTTOM - ((y - y0) / (y1 - y0)) * (HEIGHT - BOTTOM - TOP);
  const grid = Array.from({ length: TICKS + 1 }, (_, i) => {
    const y = y0 + ((y1 - y0) * i) / TICKS;
    const x = x0 + ((x1 - x0) * i) / TICKS;
    return (
      `<line class="grid" x1="${LEFT}" x2="${WIDTH - 12}" y1="${fixed(atY(y))}" y2="${fixed(atY(y))}"/>` +
      `<text class="tick" x="${LEFT - 6}" y="${fixed(atY(y) + 4)}" text-anchor="end">${short(y)}</text>` +
      `<text class="tick" x="${fixed(atX(x))}" y="${HEIGHT - 12}" text-anchor="middle">${short(x)}</text>`
    );
  }).join('');
  const lines = drawn
    .map(({ points, colour }) => {
      const path = points.map(([x, y]) => `${fixed(atX(x))},${fixed(atY(y))}`).join(' ');
      return `<polyline fill="none" stroke="${colour}" stroke-width="1.5" points="${path}"/>`;
    })
    .join('');
  const legend = drawn
    .map(({ label, colour }) => `<span style="color:${colour}">&#9644; ${escaped(label)}</span>`)
    .join(' ');
  return (
    `<figure><figcaption><b>${escaped(title)}</b> by ${escaped(xLabel)} ${legend}</figcaption>` +
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(title)}">${grid}${lines}</svg></figure>`
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

function range(values: readonly number[]): readonly [number, number] {
  const [least, most] = values.reduce(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Infinity, -Infinity],
  );
  return most > least ? [least, most] : [least - 0.5, most + 0.5];
}

const fixed = (value: number): string => value.toFixed(1);

const short = (value: number): string => `${Number(value.toPrecision(3))}`;
