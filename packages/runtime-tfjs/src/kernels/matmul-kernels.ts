/**
 * @file Matrix products of WebAssembly: fast for one pair without transposition (17 GFLOP/s), but 1-2
 * GFLOP/s for batches and with the transposing flags.
 */
import * as tf from '@tensorflow/tfjs';
import { permute, sliceAxis } from '../lowering/rearrange.js';
import type { ComposedKernel } from './composed-kernel.js';

interface MatMulAttrs {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

const batchMatMul: ComposedKernel = {
  kernelName: 'BatchMatMul',
  compose({ a, b }, attrs) {
    const { transposeA, transposeB } = attrs as unknown as MatMulAttrs;
    if (isKnownOtherwise(b!)) return tf.matMul(a!, tf.mul(b!, 1), transposeA, transposeB);
    if (!isPlain(a!) || !isPlain(b!)) return undefined;
    const [batchA, batchB] = [a!.shape[0]!, b!.shape[0]!];
    if (batchA === 1 && batchB === 1 && !transposeA && !transposeB) return undefined;
    const left = matrices(a!, transposeA);
    const right = matrices(b!, transposeB);
    const products = Array.from({ length: Math.max(batchA, batchB) }, (_, n) =>
      tf.matMul(left[n % batchA]!, right[n % batchB]!),
    );
    return products.length === 1 ? tf.expandDims(products[0]!) : tf.stack(products);
  },
};

/** The shape in which each right factor was seen first. */
const shapes = new WeakMap<object, string>();

/**
 * Whether the elements of a right factor were multiplied under another shape before: TF.js keeps what it makes of them
 * by their identity alone (4.22), and computes nonsense with what it made of the other shape.
 */
function isKnownOtherwise({ dataId, shape }: tf.Tensor): boolean {
  const text = shape.join();
  const first = shapes.get(dataId) ?? text;
  shapes.set(dataId, first);
  return first !== text;
}

/** Three axes of floating-point numbers, the batch first. */
const isPlain = ({ rank, dtype, size }: tf.Tensor): boolean =>
  rank === 3 && dtype === 'float32' && size > 0;

function matrices(x: tf.Tensor, isTransposed: boolean): readonly tf.Tensor2D[] {
  const turned = isTransposed ? permute(x, [0, 2, 1]) : x;
  const [batch, rows, columns] = turned.shape as [number, number, number];
  return Array.from({ length: batch }, (_, n) =>
    tf.reshape(batch === 1 ? turned : sliceAxis(turned, 0, n, n + 1), [rows, columns]),
  );
}

/** Matrix products. */
export const MATMUL_KERNELS: readonly ComposedKernel[] = [batchMatMul];
