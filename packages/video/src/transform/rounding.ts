/** @file Rounding as NumPy and Python do it. */

/** To the nearest integer, halves to the even one. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const part = value - floor;
  if (part !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** To the nearest integer, halves up: Python's `int(x + 0.5)`. */
export const roundHalfUp = (value: number): number => Math.floor(value + 0.5);
