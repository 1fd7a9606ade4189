/** @file The sum of segments, which is the gradient of `tf.gather` and missing in WebAssembly. */
import * as tf from '@tensorflow/tfjs';
import type { ComposedKernel } from './composed-kernel.js';

const unsortedSegmentSum: ComposedKernel = {
  kernelName: 'UnsortedSegmentSum',
  compose({ x, segmentIds }, attrs) {
    const { numSegments } = attrs as { readonly numSegments?: number };
    const segments = numSegments ?? 0;
    const [values, ids] = [x!, segmentIds!];
    const rows = ids.size;
    const positions = ids.dataSync();
    // One 1 in each column; a negative id belongs nowhere.
    const taken = new Float32Array(segments * rows);
    positions.forEach((segment, row) => {
      if (segment >= 0 && segment < segments) taken[segment * rows + row] = 1;
    });
    const flat = tf.reshape(values, [rows, values.size / rows]) as tf.Tensor2D;
    const sums = tf.matMul(tf.tensor2d(taken, [segments, rows]), flat);
    return tf.reshape(sums, [segments, ...values.shape.slice(ids.rank)]);
  },
};

/** Sums of segments. */
export const SCATTER_KERNELS: readonly ComposedKernel[] = [unsortedSegmentSum];
