/** @file Rows of an image that are interpolated along x, kept while the rows of the result need them. */

/**
 * For a row of the result, the two interpolated input rows that it lies between. Rows are asked for from the
 * top; each input row is interpolated (`stretch`) at most once.
 */
export function rowPairs<T>(
  { low, high }: { readonly low: Int32Array; readonly high: Int32Array },
  buffer: () => T,
  stretch: (row: number, values: T) => void,
): (j: number) => readonly [upper: T, lower: T] {
  let upper = { row: -1, values: buffer() };
  let lower = { row: -1, values: buffer() };
  const fill = (place: typeof upper, row: number): void => {
    if (place.row === row) return;
    place.row = row;
    stretch(row, place.values);
  };
  return (j) => {
    if (upper.row !== low[j]!) [upper, lower] = [lower, upper];
    fill(upper, low[j]!);
    fill(lower, high[j]!);
    return [upper.values, lower.values];
  };
}
