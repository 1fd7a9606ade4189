/**
 * @file The gradients of a 2-D convolution as 2-D convolutions, which every backend has and most do fast:
 * WebAssembly has no kernel for the filter's gradient and a slow one for the input's.
 *
 * With `y[i] = Σ_k x[i·s + k·d − p] · w[k]` along each axis:
 * 1. `dw[k] = Σ_i x[i·s + k·d − p] · dy[i]` is a convolution of x with dy as its filter, where stride and
 *    dilation change places; channels and clips change places too.
 * 2. `dx[j]` is a convolution of dy, with s − 1 zeros between its elements, with the reversed filter.
 *
 * Shapes: x `[N, H, W, C]`, w `[kH, kW, C, O]`, dy `[N, H', W', O]`.
 */
import * as tf from '@tensorflow/tfjs';
import { sliceAxis } from '../lowering/rearrange.js';
import { fitAxis, spreadAxis } from './axis-backprop.js';
import { hasNativeBackprop, nativeFilterGradient, nativeInputGradient } from './native-backprop.js';

/** Sizes along H and W. */
export type Pair = readonly [h: number, w: number];

/**
 * The window of a 2-D convolution. Stride or dilation is 1 along both axes. Gradients need the padding before
 * the image only, and allow any after it.
 */
export interface Window2d {
  readonly stride: Pair;
  readonly padding: Pair;
  readonly dilation: Pair;
}

const mutable = ([h, w]: Pair): [number, number] => [h, w];

/**
 * Terms of a sum in float32 that are added up in one go, where it matters. Kernels add one after another, which
 * loses digits with the root of their number, and training amplifies what is lost: without these limits losses
 * leave those in float64 ten times as fast. `stem`: channels that frames were made into; `output`: of any
 * convolution; `filter`: of a filter's gradient, a sum over all positions of all frames, on which less depends.
 */
const TERMS = { stem: 576, output: 1152, filter: 32_768 } as const;

/** Native TensorFlow adds up more in one go than WebAssembly: with the others' limits it loses several times as much. */
const NATIVE_TERMS = { ...TERMS, stem: 288, output: 288 } as const;

/** How many terms TF.js' current backend may add up in one go. */
export const termsAtOnce = (): Readonly<Record<keyof typeof TERMS, number>> =>
  tf.getBackend() === 'tensorflow' ? NATIVE_TERMS : TERMS;

/** Channels of a filter that may be added up in one go. */
export const channelsAtOnce = (kH: number, kW: number): number =>
  Math.max(32, Math.floor(termsAtOnce().output / (kH * kW)));

/**
 * The sum of what a convolution gives of some channels of `x [B,H,W,C]` and `w [kH,kW,C,O]` after the other, so that
 * none has too many terms.
 */
export function overChannels(
  x: tf.Tensor4D,
  w: tf.Tensor4D,
  convolve: (x: tf.Tensor4D, w: tf.Tensor4D) => tf.Tensor4D,
  size = channelsAtOnce(w.shape[0], w.shape[1]),
): tf.Tensor4D {
  const channels = w.shape[2];
  if (channels <= size) return convolve(x, w);
  const parts = ranges(channels, size).map(([from, to]) =>
    convolve(sliceAxis(x, 3, from, to) as tf.Tensor4D, sliceAxis(w, 2, from, to) as tf.Tensor4D),
  );
  return sumOf(parts);
}

/** A 1×1 convolution as a product of matrices. */
function pointwise(x: tf.Tensor4D, w: tf.Tensor4D): tf.Tensor4D {
  const [n, height, width, channels] = x.shape;
  const out = w.shape[3];
  const rows = tf.reshape(x, [n * height * width, channels]);
  const product = tf.matMul(rows, tf.reshape(w, [channels, out]) as tf.Tensor2D);
  return tf.reshape(product, [n, height, width, out]);
}

/** `dw [kH, kW, C, O]` of a convolution. */
export function conv2dFilterGradient(
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  [kH, kW]: Pair,
  window: Window2d,
): tf.Tensor4D {
  return tf.tidy(() => {
    if (isPointwise([kH, kW], window)) return pointwiseFilterGradient(x, dy);
    if (hasNativeBackprop(window)) return nativeFilterGradient(x, dy, [kH, kW], window);
    const [n, outH, outW] = dy.shape;
    let seen: tf.Tensor = channelsFirst(x);
    const reach = (axis: 0 | 1, kernel: number, outputs: number): number =>
      window.stride[axis] * (outputs - 1) + window.dilation[axis] * (kernel - 1) + 1;
    const sizes = [
      [kH, outH],
      [kW, outW],
    ] as const;
    sizes.forEach(([kernel, outputs], axis) => {
      const padding = window.padding[axis]!;
      // What the windows reach, and no more: with a stride they may stop before the end.
      const after = reach(axis as 0 | 1, kernel, outputs) - padding - x.shape[axis + 1]!;
      seen = fitAxis(seen, axis + 1, padding, after);
    });
    const filter = swapped(dy, n, outH * outW, [outH, outW, n, dy.shape[3]]);
    const rows = Math.max(1, Math.floor(termsAtOnce().filter / (outW * n)));
    const strips = ranges(outH, rows).map(([from, to]) => {
      const first = from * window.stride[0];
      return tf.conv2d(
        sliceAxis(seen, 1, first, first + reach(0, kH, to - from)) as tf.Tensor4D,
        sliceAxis(filter, 0, from, to) as tf.Tensor4D,
        mutable(window.dilation),
        'valid',
        'NHWC',
        mutable(window.stride),
      );
    });
    return tf.transpose(sumOf(strips), [1, 2, 0, 3]);
  });
}

/** `[N, H, W, C]` as `[C, H, W, N]`, in two steps of few axes: at once it misses the cache, ten times as slow. */
function channelsFirst(x: tf.Tensor4D): tf.Tensor4D {
  const [n, h, w, c] = x.shape;
  const clipsLast = tf.transpose(tf.reshape(x, [n, h * w * c]) as tf.Tensor2D);
  return swapped(clipsLast, h * w, c, [c, h, w, n]);
}

/** The two outermost axes, of sizes `first` and `second`, exchanged, then seen under another shape. */
function swapped(
  x: tf.Tensor,
  first: number,
  second: number,
  shape: [number, number, number, number],
): tf.Tensor4D {
  const seen = tf.reshape(x, [first, second, x.size / (first * second)]);
  return tf.reshape(tf.transpose(seen, [1, 0, 2]), shape);
}

function pointwiseFilterGradient(x: tf.Tensor4D, dy: tf.Tensor4D): tf.Tensor4D {
  const [channels, out] = [x.shape[3], dy.shape[3]];
  const left = tf.reshape(x, [x.size / channels, channels]) as tf.Tensor2D;
  const right = tf.reshape(dy, [dy.size / out, out]) as tf.Tensor2D;
  return tf.reshape(transposedProduct(left, right), [1, 1, channels, out]);
}

/** `xᵀ · y` of `[P, C]` and `[P, O]`: the filter's gradient of a product of matrices. */
function transposedProduct(x: tf.Tensor2D, y: tf.Tensor2D): tf.Tensor2D {
  const products = ranges(x.shape[0], termsAtOnce().filter).map(([from, to]) => {
    const columns = tf.transpose(sliceAxis(x, 0, from, to) as tf.Tensor2D);
    return tf.matMul(columns, sliceAxis(y, 0, from, to) as tf.Tensor2D) as tf.Tensor2D;
  });
  return sumOf(products);
}

const sumOf = <T extends tf.Tensor>(parts: readonly T[]): T =>
  parts.reduce((sum, part): T => tf.add(sum, part));

/** `0..count` in pieces of at most `size`. */
function ranges(count: number, size: number): readonly (readonly [from: number, to: number])[] {
  return Array.from({ length: Math.ceil(count / size) }, (_, i) => {
    return [i * size, Math.min(count, (i + 1) * size)] as const;
  });
}

/** `dx [N, H, W, C]` of a convolution; `size` is H and W. */
export function conv2dInputGradient(
  size: Pair,
  dy: tf.Tensor4D,
  w: tf.Tensor4D,
  window: Window2d,
): tf.Tensor4D {
  return tf.tidy(() => {
    const [kH, kW] = w.shape;
    if (isPointwise(w.shape, window)) return overChannels(dy, reversed(w), pointwise);
    if (hasNativeBackprop(window)) return nativeInputGradient(size, dy, w, window);
    let spread: tf.Tensor = dy;
    [kH, kW].forEach((kernel, axis) => {
      const step = window.stride[axis]!;
      spread = spreadAxis(spread, axis + 1, step);
      const reach = window.dilation[axis]! * (kernel - 1);
      const before = reach - window.padding[axis]!;
      spread = fitAxis(
        spread,
        axis + 1,
        before,
        size[axis]! + reach - before - spread.shape[axis + 1]!,
      );
    });
    return overChannels(spread as tf.Tensor4D, reversed(w), (image, filter) =>
      tf.conv2d(image, filter, 1, 'valid', 'NHWC', mutable(window.dilation)),
    );
  });
}

/** `[kH, kW, O, C]` with taps in reverse order; whole taps are moved, where `tf.reverse` moves elements. */
function reversed(w: tf.Tensor4D): tf.Tensor4D {
  const [kH, kW, channels, out] = w.shape;
  const taps = tf.reshape(w, [kH * kW, channels * out]) as tf.Tensor2D;
  const backwards = tf.split(taps, kH * kW, 0).reverse();
  const joined = backwards.length === 1 ? taps : tf.concat(backwards, 0);
  const turned = tf.transpose(tf.reshape(joined, [kH * kW, channels, out]), [0, 2, 1]);
  return tf.reshape(turned, [kH, kW, out, channels]);
}

function isPointwise([kH, kW]: readonly number[], { stride, padding }: Window2d): boolean {
  return (
    kH === 1 &&
    kW === 1 &&
    stride.every((step) => step === 1) &&
    padding.every((size) => size === 0)
  );
}
