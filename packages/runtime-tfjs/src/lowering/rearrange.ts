/**
 * @file Moving elements at few axes: backends are fast up to four axes (WebAssembly falls back to loops in
 * JavaScript at five, WebGPU pads five wrongly), so axes that stay together are seen as one.
 */
import * as tf from '@tensorflow/tfjs';

/** Sizes before, along and after an axis. */
function around(shape: readonly number[], axis: number): readonly [number, number, number] {
  const count = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);
  return [count(shape.slice(0, axis)), shape[axis]!, count(shape.slice(axis + 1))];
}

const withSize = (shape: readonly number[], axis: number, size: number): number[] =>
  shape.map((dim, i) => (i === axis ? size : dim));

/** `x` with axes permuted: output axis i is input axis `perm[i]`. Axes that stay neighbours move as one. */
export function permute(x: tf.Tensor, perm: readonly number[]): tf.Tensor {
  const shape = perm.map((axis) => x.shape[axis]!);
  const moving = perm.filter((axis) => x.shape[axis] !== 1);
  const order = [...moving].sort((a, b) => a - b);
  const runs: number[][] = [];
  for (const axis of moving) {
    const run = runs.at(-1);
    const previous = run?.at(-1);
    if (run && previous !== undefined && order.indexOf(axis) === order.indexOf(previous) + 1) {
      run.push(axis);
    } else runs.push([axis]);
  }
  if (runs.length < 2) return tf.reshape(x, shape);
  const sorted = [...runs].sort((a, b) => a[0]! - b[0]!);
  const sizes = sorted.map((run) => run.reduce((size, axis) => size * x.shape[axis]!, 1));
  const merged = tf.reshape(x, sizes);
  const moved = tf.transpose(
    merged,
    runs.map((run) => sorted.indexOf(run)),
  );
  return tf.reshape(moved, shape);
}

/** `x[start:stop:step]` along an axis, by operations that have a gradient everywhere. */
export function sliceAxis(
  x: tf.Tensor,
  axis: number,
  start: number,
  stop: number,
  step = 1,
): tf.Tensor {
  const [outer, size, inner] = around(x.shape, axis);
  const count = Math.ceil((stop - start) / step);
  const shape = withSize(x.shape, axis, count);
  if (start === 0 && count === size) return tf.reshape(x, shape);
  // WebAssembly takes a bias only from a tensor that was made with one axis.
  if (x.rank === 1 && step === 1) return tf.slice(x, [start], [count]);
  if (step === 1 || count === 1) {
    // As rows: WebAssembly copies along the last axis at once, and all else piece by piece in JavaScript.
    const rows = tf.reshape(x, [outer, size * inner]);
    return tf.reshape(tf.slice(rows, [0, start * inner], [outer, count * inner]), shape);
  }
  const flat = tf.reshape(x, [outer, size, inner]);
  // In groups of `step` positions, of which each gives one: stridedSlice has no gradient in TF.js.
  const span = count * step;
  const padded = span > size ? padAxis(flat, 1, 0, span - size) : flat;
  const from = Math.min(start, Math.max(size, span) - span);
  const groups = sliceAxis(padded, 1, from, from + span);
  const phases = tf.reshape(groups, [outer * count, step, inner]);
  return tf.reshape(sliceAxis(phases, 1, start - from, start - from + 1), shape);
}

/** `x` with zeros before and after along an axis. */
export function padAxis(x: tf.Tensor, axis: number, before: number, after: number): tf.Tensor {
  if (before === 0 && after === 0) return x;
  const [outer, size, inner] = around(x.shape, axis);
  const padded = tf.pad(tf.reshape(x, [outer, size, inner]), [
    [0, 0],
    [before, after],
    [0, 0],
  ]);
  return tf.reshape(padded, withSize(x.shape, axis, size + before + after));
}

/** `x` at the given positions along an axis. */
export function gatherAxis(x: tf.Tensor, axis: number, indices: readonly number[]): tf.Tensor {
  const [outer, size, inner] = around(x.shape, axis);
  const rows = tf.gather(
    tf.reshape(x, [outer, size, inner]),
    tf.tensor1d([...indices], 'int32'),
    1,
  );
  return tf.reshape(rows, withSize(x.shape, axis, indices.length));
}

/** Tensors joined along an axis. */
export function concatAxis(xs: readonly tf.Tensor[], axis: number): tf.Tensor {
  const flat = xs.map((x) => {
    const [outer, size, inner] = around(x.shape, axis);
    return tf.reshape(x, [outer, size * inner]);
  });
  const size = xs.reduce((sum, x) => sum + x.shape[axis]!, 0);
  const [first] = xs;
  return tf.reshape(tf.concat(flat, 1), withSize(first!.shape, axis, size));
}
