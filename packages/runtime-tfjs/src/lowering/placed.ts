/**
 * @file Values as TF.js tensors whose axes lie in an order of their own. The graph says N C T H W; the
 * backends want channels last. So a value carries the order of its axes: a transposition of the graph costs
 * nothing, and elements move only where an operation needs another order than the one it finds.
 */
import { sameShape } from '@slowfast/core';
import * as tf from '@tensorflow/tfjs';
import { permute } from './rearrange.js';

/** A tensor, with the graph's axis that each of its axes is: `order[i]` for the tensor's axis i. */
export interface Placed {
  readonly tensor: tf.Tensor;
  readonly order: readonly number[];
  /** Its elements in the graph's order, where the host has them anyway: a feed's. */
  readonly host?: ArrayLike<number> & { slice(from: number, to: number): ArrayLike<number> };
}

/** Channels last: the order N T H W C of a value N C T H W. */
export const CHANNELS_LAST: readonly number[] = [0, 2, 3, 4, 1];

/** The order kT kH kW C O of a weight O C kT kH kW, which TF.js' convolutions want. */
export const FILTER: readonly number[] = [2, 3, 4, 1, 0];

/** The graph's own order. */
export const inGraphOrder = (rank: number): readonly number[] =>
  Array.from({ length: rank }, (_, axis) => axis);

/** A tensor in the graph's own order. */
export const placed = (
  tensor: tf.Tensor,
  order: readonly number[] = inGraphOrder(tensor.rank),
): Placed => ({ tensor, order });

/** The shape that the graph knows. */
export function shapeOf({ tensor, order }: Placed): number[] {
  const shape: number[] = [];
  order.forEach((axis, i) => (shape[axis] = tensor.shape[i]!));
  return shape;
}

/** The tensor's axis of one of the graph's axes. */
export const axisOf = ({ order }: Placed, axis: number): number => order.indexOf(axis);

/** The tensor in the order that is asked for; elements move only if it is another one. */
export function inOrder({ tensor, order }: Placed, target: readonly number[]): tf.Tensor {
  if (sameShape(order, target)) return tensor;
  return permute(
    tensor,
    target.map((axis) => order.indexOf(axis)),
  );
}

/** The value with one of the graph's axes last, the others in the order they have. */
export function withLast(x: Placed, axis: number): Placed {
  const order = [...x.order.filter((other) => other !== axis), axis];
  return { tensor: inOrder(x, order), order };
}

/** Another shape for the same elements; they stay where they are if each run of axes lies together. */
export function reshaped(x: Placed, shape: readonly number[]): Placed {
  return (
    reshapedInPlace(x, shape) ??
    placed(tf.reshape(inOrder(x, inGraphOrder(x.order.length)), [...shape]))
  );
}

function reshapedInPlace(x: Placed, shape: readonly number[]): Placed | undefined {
  const runs = matchingRuns(shapeOf(x), shape);
  const pieces: { readonly at: number; readonly axes: readonly number[] }[] = [];
  for (const { from, to } of runs) {
    const at = from.map((axis) => x.order.indexOf(axis));
    if (at.some((position, i) => position !== at[0]! + i)) return undefined;
    pieces.push({ at: at[0] ?? -1, axes: to });
  }
  const order = pieces.sort((a, b) => a.at - b.at).flatMap(({ axes }) => axes);
  return {
    tensor: tf.reshape(
      x.tensor,
      order.map((axis) => shape[axis]!),
    ),
    order,
  };
}

interface Run {
  readonly from: number[];
  readonly to: number[];
}

/** The shortest runs of axes of equal size, left to right; axes of size 1 join the run before them. */
function matchingRuns(before: readonly number[], after: readonly number[]): readonly Run[] {
  const runs: Run[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    const run: Run = { from: [], to: [] };
    let [a, b] = [1, 1];
    if (i < before.length) {
      a = before[i]!;
      run.from.push(i++);
    }
    if (j < after.length) {
      b = after[j]!;
      run.to.push(j++);
    }
    while (a !== b) {
      if (a < b) {
        a *= before[i]!;
        run.from.push(i++);
      } else {
        b *= after[j]!;
        run.to.push(j++);
      }
    }
    runs.push(run);
  }
  return runs;
}
