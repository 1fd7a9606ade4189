/** @file RoIAlign as one matrix product a clip: it has a gradient and is fast on every backend. */
import type { LoweringTable } from '@slowfast/core';
import * as tf from '@tensorflow/tfjs';
import type { LoweringContext } from './context.js';
import { inOrder, placed, type Placed } from './placed.js';
import { gatherAxis, sliceAxis } from './rearrange.js';
import { regionWeights } from './region-weights.js';

type Table = LoweringTable<LoweringContext, Placed>;

/** `(features [N,C,H,W], boxes [R,5]) → [R,C,h,w]`; the boxes are read on the host. */
export const roiAlign: Table['roi_align'] = ({ name, attrs }, [features, boxes]) => {
  const maps = inOrder(features!, [0, 2, 3, 1]);
  const [clips, height, width, channels] = maps.shape as [number, number, number, number];
  const host = boxes!.host ?? inOrder(boxes!, [0, 1]).dataSync();
  const regions = Array.from({ length: boxes!.tensor.size / 5 }, (_, r) =>
    regionWeights(name, host.slice(5 * r, 5 * r + 5), attrs, [clips, height, width]),
  );
  const [h, w] = attrs.size;
  const bins = h * w;
  // One product for all boxes of a clip, then back into the order of the boxes.
  const sorted = regions.map((_, r) => r).sort((a, b) => regions[a]!.batch - regions[b]!.batch);
  const parts: tf.Tensor[] = [];
  for (let clip = 0; clip < clips; clip++) {
    const own = sorted.filter((r) => regions[r]!.batch === clip);
    if (own.length === 0) continue;
    const weights = new Float32Array(own.length * bins * height * width);
    own.forEach((r, i) => weights.set(regions[r]!.weights, i * bins * height * width));
    const map = tf.reshape(sliceAxis(maps, 0, clip, clip + 1), [height * width, channels]);
    parts.push(tf.matMul(tf.tensor2d(weights, [own.length * bins, height * width]), map));
  }
  const joined = tf.reshape(tf.concat(parts, 0), [regions.length, h, w, channels]);
  const isSorted = sorted.every((r, i) => r === i);
  const back = regions.map((_, r) => sorted.indexOf(r));
  return placed(isSorted ? joined : gatherAxis(joined, 0, back), [0, 2, 3, 1]);
};
