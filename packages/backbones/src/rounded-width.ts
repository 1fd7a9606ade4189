/** A width as a multiple of 8 that is at least 8, and not less than nine tenths of it: what mobile networks round to. */
export function multipleOfEight(width: number): number {
  const rounded = Math.max(8, Math.floor((width + 4) / 8) * 8);
  return rounded < 0.9 * width ? rounded + 8 : rounded;
}
