/**
 * @file Slices and transpositions of five axes and more, loops in JavaScript in WebAssembly; slices of few columns, a call
 * a row there.
 */
import * as tf from '@tensorflow/tfjs';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { permute } from '../lowering/rearrange.js';
import type { ComposedKernel } from './composed-kernel.js';

/** The most axes that the backend is fast at. */
const MOST_AXES = 4;

/** Columns up to which a call a row takes longer than its copy. */
const FEW_COLUMNS = 80;

interface SliceAttrs {
  readonly begin: number | readonly number[];
  readonly size: number | readonly number[];
}

const slice: ComposedKernel = {
  kernelName: 'Slice',
  compose({ x }, attrs) {
    const isNarrow = x!.rank === 2 && x!.dtype === 'float32' && x!.shape[1]! <= FEW_COLUMNS;
    if (x!.rank <= MOST_AXES && !isNarrow) return undefined;
    const { begin, size } = attrs as unknown as SliceAttrs;
    const [from, sizes] = tf.slice_util.parseSliceParams(x!, [begin].flat(), [size].flat());
    const count = sizes as readonly number[];
    if (isNarrow) return columns(x as tf.Tensor2D, from as [number, number], count);
    const merged = mergeWhole(x!.shape, from as readonly number[], count);
    if (merged.shape.length > MOST_AXES) return undefined;
    const sliced = tf.slice(tf.reshape(x!, merged.shape), merged.begin, merged.size);
    return tf.reshape(sliced, [...count]);
  },
};

/** Part of a matrix, element by element: a quarter of the time of one `set` a row. */
function columns(
  x: tf.Tensor2D,
  [firstRow, firstColumn]: readonly [number, number],
  [rows, count]: readonly number[],
): tf.Tensor {
  const backend = tf.backend() as BackendWasm;
  // Before the views: memory that grows leaves them empty.
  const output = backend.makeOutput([rows!, count!], 'float32');
  const [from, to] = [x, output].map((tensor) => backend.typedArrayFromHeap(tensor));
  const width = x.shape[1];
  for (let row = 0, at = 0; row < rows!; row++) {
    const start = (firstRow + row) * width + firstColumn;
    for (let column = 0; column < count!; column++) to![at++] = from![start + column]!;
  }
  return tf.engine().makeTensorFromTensorInfo(output);
}

interface Ranges {
  readonly shape: number[];
  readonly begin: number[];
  readonly size: number[];
}

/** An axis that is taken whole joins the one before it. */
function mergeWhole(
  shape: readonly number[],
  begin: readonly number[],
  size: readonly number[],
): Ranges {
  const merged: Ranges = { shape: [], begin: [], size: [] };
  shape.forEach((dim, axis) => {
    const last = merged.shape.length - 1;
    if (last >= 0 && begin[axis] === 0 && size[axis] === dim) {
      merged.shape[last]! *= dim;
      merged.begin[last]! *= dim;
      merged.size[last]! *= dim;
    } else {
      merged.shape.push(dim);
      merged.begin.push(begin[axis]!);
      merged.size.push(size[axis]!);
    }
  });
  return merged;
}

const transpose: ComposedKernel = {
  kernelName: 'Transpose',
  compose({ x }, attrs) {
    const { perm } = attrs as unknown as { readonly perm: readonly number[] };
    return x!.rank <= MOST_AXES || isIrreducible(x!.shape, perm) ? undefined : permute(x!, perm);
  },
};

/** Whether merging neighbours leaves as many axes: then nothing is won. */
function isIrreducible(shape: readonly number[], perm: readonly number[]): boolean {
  return perm.every((axis, i) => shape[axis] !== 1 && (i === 0 || perm[i - 1] !== axis - 1));
}

/** Slices and transpositions. */
export const ARRANGEMENT_KERNELS: readonly ComposedKernel[] = [slice, transpose];
