/** @file Convolution and pooling of the reference interpreter, written for clearness, not for speed. */
import type { NodeOf, Triple, WindowAttrs } from '../ir/types.js';
import { sizeOf } from '../tensor.js';
import { windowSize } from '../ops/window.js';
import { zeros, type Float64Tensor } from './array.js';

/** Direct convolution: each kernel tap adds a scaled, shifted row of the input to a row of the output. */
export function convolve(
  { attrs }: NodeOf<'conv3d'>,
  x: Float64Tensor,
  weight: Float64Tensor,
  bias: Float64Tensor | undefined,
): Float64Tensor {
  const { kernel, stride, padding, dilation, groups } = attrs;
  const [n = 0, channels = 0, ...sizes] = x.shape;
  const [out = 0, perGroup = 0] = weight.shape;
  const outputs = outputSizes(sizes, attrs, dilation);
  const result = zeros([n, out, ...outputs]);
  const plane = sizeOf(outputs);
  if (bias) {
    for (let i = 0; i < n * out; i++) {
      result.data.fill(bias.data[i % out]!, i * plane, (i + 1) * plane);
    }
  }
  const isPointwise =
    [kernel, stride].flat().every((size) => size === 1) && sizeOf(outputs) === sizeOf(sizes);
  // Without a window the three axes are one long row, which is much faster to go through.
  const [t, h, w] = isPointwise ? [1, 1, plane] : (sizes as unknown as Triple);
  const [ot, oh, ow] = isPointwise ? [1, 1, plane] : outputs;
  const [input, weights, y] = [x.data, weight.data, result.data];
  for (let b = 0; b < n; b++) {
    for (let o = 0; o < out; o++) {
      const firstChannel = Math.floor(o / (out / groups)) * perGroup;
      for (let c = 0; c < perGroup; c++) {
        const xPlane = (b * channels + firstChannel + c) * t * h * w;
        const yPlane = (b * out + o) * plane;
        let tap = (o * perGroup + c) * kernel[0] * kernel[1] * kernel[2];
        for (let kt = 0; kt < kernel[0]; kt++) {
          for (let kh = 0; kh < kernel[1]; kh++) {
            for (let kw = 0; kw < kernel[2]; kw++) {
              const value = weights[tap++]!;
              const shift = kw * dilation[2] - padding[2];
              const [first, last] = inside(shift, stride[2], w, ow);
              for (let i = 0; i < ot; i++) {
                const ti = i * stride[0] + kt * dilation[0] - padding[0];
                if (ti < 0 || ti >= t) continue;
                for (let j = 0; j < oh; j++) {
                  const hj = j * stride[1] + kh * dilation[1] - padding[1];
                  if (hj < 0 || hj >= h) continue;
                  const yRow = yPlane + (i * oh + j) * ow;
                  let at = xPlane + (ti * h + hj) * w + first * stride[2] + shift;
                  for (let k = first; k < last; k++, at += stride[2]) {
                    y[yRow + k]! += value * input[at]!;
                  }
                }
              }
            }
          }
        }
      }
    }
  }
  return result;
}

/** Output positions k in `first..last-1` whose input position `k·stride + shift` lies within `size`. */
function inside(
  shift: number,
  stride: number,
  size: number,
  outputs: number,
): readonly [first: number, last: number] {
  const first = Math.max(0, Math.ceil(-shift / stride));
  const last = Math.min(outputs, Math.floor((size - 1 - shift) / stride) + 1);
  return [first, last];
}

/** Largest element of each window; padding is minus infinity. */
export function maxPool({ attrs }: NodeOf<'max_pool3d'>, x: Float64Tensor): Float64Tensor {
  return pool(x, attrs, -Infinity, Math.max, (best) => best);
}

/** Mean of each window; padding is zeros that count, as PyTorch's `count_include_pad`. */
export function avgPool({ attrs }: NodeOf<'avg_pool3d'>, x: Float64Tensor): Float64Tensor {
  const volume = attrs.kernel[0] * attrs.kernel[1] * attrs.kernel[2];
  return pool(
    x,
    attrs,
    0,
    (sum, value) => sum + value,
    (sum) => sum / volume,
  );
}

function pool(
  x: Float64Tensor,
  attrs: WindowAttrs,
  start: number,
  combine: (sofar: number, value: number) => number,
  finish: (sofar: number) => number,
): Float64Tensor {
  const { kernel, stride, padding } = attrs;
  const [n = 0, channels = 0, t = 0, h = 0, w = 0] = x.shape;
  const [ot, oh, ow] = outputSizes([t, h, w], attrs, [1, 1, 1]);
  const result = zeros([n, channels, ot, oh, ow]);
  const range = (at: number, axis: number, size: number): readonly [number, number] => {
    const from = at * stride[axis]! - padding[axis]!;
    return [Math.max(0, from), Math.min(size, from + kernel[axis]!)];
  };
  let at = 0;
  for (let plane = 0; plane < n * channels; plane++) {
    for (let i = 0; i < ot; i++) {
      const [t0, t1] = range(i, 0, t);
      for (let j = 0; j < oh; j++) {
        const [h0, h1] = range(j, 1, h);
        for (let k = 0; k < ow; k++) {
          const [w0, w1] = range(k, 2, w);
          let sofar = start;
          for (let ti = t0; ti < t1; ti++) {
            for (let hi = h0; hi < h1; hi++) {
              const row = ((plane * t + ti) * h + hi) * w;
              for (let wi = w0; wi < w1; wi++) sofar = combine(sofar, x.data[row + wi]!);
            }
          }
          result.data[at++] = finish(sofar);
        }
      }
    }
  }
  return result;
}

function outputSizes(
  sizes: readonly number[],
  { kernel, stride, padding }: WindowAttrs,
  dilation: readonly number[],
): Triple {
  const size = (axis: number): number =>
    windowSize(sizes[axis]!, kernel[axis]!, stride[axis]!, padding[axis]!, dilation[axis]!);
  return [size(0), size(1), size(2)];
}
