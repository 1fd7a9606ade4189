/**
 * @file In which order a value's axes lie in memory. The graph's order is N C T H W; TensorFlow computes
 * channels last. A value keeps the order it came out in, until an operation needs another.
 */
import { internalError, type Dim } from '@slowfast/core';

/** A value of a file that is being written. */
export interface Laid {
  /** What the file calls it. */
  readonly ref: string;
  /** Sizes as they lie. */
  readonly dims: readonly Dim[];
  /** `axes[place]` is the graph's axis that lies at that place. */
  readonly axes: readonly number[];
}

/** An input of an operation: a value of the file, or a parameter, which is put there only if it is asked for. */
export interface Operand {
  /** The value in the file. */
  laid(): Laid;
  /** The numbers of a parameter in C order; throws SpecError for a value that is computed. */
  numbers(): Float32Array;
}

/** N T H W C. */
export const CHANNELS_LAST = [0, 2, 3, 4, 1] as const;

/** The graph's own order. */
export const inOrder = (rank: number): number[] => Array.from({ length: rank }, (_, i) => i);

/** The order of inputs and outputs of files: channels last for five axes, else the graph's. */
export const deliveredAxes = (rank: number): readonly number[] =>
  rank === 5 ? CHANNELS_LAST : inOrder(rank);

/** Where one of the graph's axes lies. */
export function placeOf({ axes }: Pick<Laid, 'axes'>, axis: number): number {
  const place = axes.indexOf(axis);
  if (place < 0) throw internalError(`no axis ${axis} among ${axes.join()}`);
  return place;
}

/** Whether two orders are the same. */
export const sameOrder = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((axis, place) => axis === b[place]);

/** The permutation that brings a value from its order into another. */
export const permutation = (from: readonly number[], to: readonly number[]): number[] =>
  to.map((axis) => from.indexOf(axis));

/** The order of a value whose axes the graph permutes: nothing moves in memory. */
export function transposedAxes(axes: readonly number[], perm: readonly number[]): number[] {
  return axes.map((axis) => perm.indexOf(axis));
}

/** The order after some axes went away and the rest moved up. */
export function withoutAxes(axes: readonly number[], removal: readonly number[]): number[] {
  const rest = axes.filter((axis) => !removal.includes(axis));
  const sorted = [...rest].sort((a, b) => a - b);
  return rest.map((axis) => sorted.indexOf(axis));
}

/** The order with one axis moved to the last place. */
export const withLast = (axes: readonly number[], last: number): number[] => [
  ...axes.filter((axis) => axis !== last),
  last,
];

/** The product of sizes; a symbol among them stays one. */
export function product(dims: readonly Dim[]): Dim {
  const symbols = dims.filter((dim) => typeof dim === 'string');
  const volume = dims.reduce<number>((size, dim) => size * (typeof dim === 'number' ? dim : 1), 1);
  if (symbols.length === 0) return volume;
  return volume === 1 ? symbols.join('·') : `${symbols.join('·')}·${volume}`;
}

/** Runs of neighbouring places, the last first, so that removing one leaves the others where they are. */
export function runsFromBack(places: readonly number[]): (readonly [start: number, end: number])[] {
  const runs: [number, number][] = [];
  for (const place of [...places].sort((a, b) => b - a)) {
    const run = runs.at(-1);
    if (run && run[0] === place + 1) run[0] = place;
    else runs.push([place, place + 1]);
  }
  return runs;
}
