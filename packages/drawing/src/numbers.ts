/** @file Shapes and amounts as text. */

/** `80 × 4 × 56²` of `[N, 80, 4, 56, 56]`. */
export function shapeText(shape: readonly (number | string)[]): string {
  const axes = shape.slice(1);
  const [height, width] = axes.slice(-2);
  if (axes.length > 2 && height === width) return [...axes.slice(0, -2), `${height}²`].join(' × ');
  return axes.join(' × ');
}

/** `4 × 56²`, the paper's output size: frames, height and width. */
export const sizeText = (shape: readonly (number | string)[]): string =>
  shapeText(['C', ...shape.slice(2)]);

const UNITS = [
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
] as const;

/** `36.7 G`: three digits and a unit. */
export function amountText(amount: number): string {
  const [unit, letter] = UNITS.find(([size]) => amount >= size * 0.9995) ?? [1, ''];
  const scaled = amount / unit;
  const digits = unit === 1 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(scaled)));
  return `${scaled.toFixed(digits)} ${letter}`.trimEnd();
}
