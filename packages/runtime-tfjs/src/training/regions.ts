/** @file RoIAlign as a product with constant weights, which are computed on the host. */
import type { HostTensor, NodeOf } from '@slowfast/core';
import { internalError } from '@slowfast/core';
import * as tf from '@tensorflow/tfjs';
import { permute, sliceAxis } from '../lowering/rearrange.js';
import { regionWeights } from '../lowering/region-weights.js';
import { gatherAxis } from './arrangement.js';
import { matMul2d } from './differentiable.js';

/** `features [N, C, H, W]`, boxes `[R, 5]` → `[R, C, h, w]`; `needsGradient` tells of the features. */
export function roiAlign(
  { name, attrs }: NodeOf<'roi_align'>,
  features: tf.Tensor,
  boxes: HostTensor | undefined,
  needsGradient: boolean,
): tf.Tensor {
  if (boxes?.dtype !== 'float32') throw internalError(`${name}: boxes that are no input`);
  const [clips, channels, height, width] = features.shape as [number, number, number, number];
  const area = height * width;
  const [h, w] = attrs.size;
  const regions = Array.from({ length: boxes.shape[0]! }, (_, r) =>
    regionWeights(name, boxes.data.subarray(5 * r, 5 * r + 5), attrs, [clips, height, width]),
  );
  const maps = permute(tf.reshape(features, [clips, channels, area]), [0, 2, 1]);
  const order: number[] = [];
  const parts = Array.from({ length: clips }, (_, clip) => {
    const own = regions.flatMap(({ batch }, r) => (batch === clip ? [r] : []));
    if (own.length === 0) return [];
    order.push(...own);
    const weights = new Float32Array(own.length * h * w * area);
    own.forEach((r, i) => weights.set(regions[r]!.weights, i * h * w * area));
    const map = tf.reshape(sliceAxis(maps, 0, clip, clip + 1), [area, channels]) as tf.Tensor2D;
    const mean = tf.tensor2d(weights, [own.length * h * w, area]);
    return [matMul2d(mean, map, { x: false, w: needsGradient })];
  }).flat();
  const joined = parts.length === 1 ? parts[0]! : tf.concat(parts, 0);
  const byBox = tf.reshape(joined, [regions.length, h * w, channels]);
  const back = regions.map((_, r) => order.indexOf(r));
  const isSorted = back.every((position, r) => position === r);
  const sorted = isSorted ? byBox : gatherAxis(byBox, 0, back);
  return tf.reshape(permute(sorted, [0, 2, 1]), [regions.length, channels, h, w]);
}
