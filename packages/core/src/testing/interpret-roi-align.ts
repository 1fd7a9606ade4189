/** @file RoIAlign in float64, after torchvision's own loops. */
import type { OpAttrs } from '../ir/types.js';
import type { Shape } from '../tensor.js';
import { zeros, type Float64Tensor } from './array.js';

/**
 * Extent of a box along one axis, in elements of the features. In float32, as runtimes compute it: how many
 * samples a bin gets is the extent rounded up, where the last bit decides.
 */
function extentOf(
  low: number,
  high: number,
  { spatialScale, aligned }: OpAttrs['roi_align'],
): readonly [start: number, extent: number] {
  const at = (x: number): number =>
    Math.fround(Math.fround(x * Math.fround(spatialScale)) - (aligned ? 0.5 : 0));
  const start = at(low);
  const extent = Math.fround(Math.max(at(high), start) - start);
  return [start, aligned ? extent : Math.max(extent, 1)];
}

/** Positions of all samples along one axis, and how many each bin has. */
function samples(
  [start, extent]: readonly [start: number, extent: number],
  bins: number,
  samplingRatio: number,
): { readonly each: number; readonly at: readonly number[] } {
  const size = Math.fround(extent / bins);
  const each = samplingRatio > 0 ? samplingRatio : Math.ceil(size);
  const at = Array.from({ length: bins * each }, (_, i) => {
    return start + Math.floor(i / each) * size + (((i % each) + 0.5) * size) / each;
  });
  return { each, at };
}

/** The two elements between which a sample lies, with their weights; none outside of `-1..size`. */
function neighbours(x: number, size: number): readonly (readonly [number, number])[] {
  if (x < -1 || x > size) return [];
  const inside = Math.max(x, 0);
  const low = Math.floor(inside);
  if (low >= size - 1) return [[size - 1, 1]];
  return [
    [low, 1 - (inside - low)],
    [low + 1, inside - low],
  ];
}

/** `(features [N,C,H,W], boxes [R,5]) → [R,C,h,w]`. */
export function roiAlign(
  features: Float64Tensor,
  boxes: Float64Tensor,
  attrs: OpAttrs['roi_align'],
): Float64Tensor {
  const result = zeros([boxes.shape[0]!, features.shape[1]!, ...attrs.size]);
  eachSample(features.shape, boxes, attrs, (from, at, weight) => {
    result.data[at]! += weight * features.data[from]!;
  });
  return result;
}

/** Every pair of an element of the features and a bin in whose mean it counts, with its weight there. */
export function eachSample(
  features: Shape,
  boxes: Float64Tensor,
  attrs: OpAttrs['roi_align'],
  visit: (feature: number, bin: number, weight: number) => void,
): void {
  const [, channels, height, width] = features as [number, number, number, number];
  const [h, w] = attrs.size;
  const count = boxes.shape[0]!;
  for (let r = 0; r < count; r++) {
    const [batch, x1, y1, x2, y2] = boxes.data.subarray(5 * r, 5 * r + 5);
    const rows = samples(extentOf(y1!, y2!, attrs), h, attrs.samplingRatio);
    const columns = samples(extentOf(x1!, x2!, attrs), w, attrs.samplingRatio);
    const share = 1 / Math.max(rows.each * columns.each, 1);
    rows.at.forEach((y, i) => {
      columns.at.forEach((x, j) => {
        const bin = Math.floor(i / rows.each) * w + Math.floor(j / columns.each);
        for (const [row, rowWeight] of neighbours(y, height)) {
          for (const [column, columnWeight] of neighbours(x, width)) {
            for (let c = 0; c < channels; c++) {
              const from = ((batch! * channels + c) * height + row) * width + column;
              visit(from, (r * channels + c) * h * w + bin, share * rowWeight * columnWeight);
            }
          }
        }
      });
    });
  }
}
