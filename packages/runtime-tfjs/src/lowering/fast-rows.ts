/**
 * @file A convolution over three rows with 4 products for every two rows instead of 6 (Winograd's F(2, 3);
 * Lavin and Gray, "Fast algorithms for convolutional neural networks", CVPR 2016, section 4.1), along one
 * axis alone, where what goes before and after is sums of whole rows. Rows are frames, where time is the axis.
 *
 * With rows d0..d3 and taps g0, g1, g2:
 * y0 = m0 + m1 + m2, y1 = m1 − m2 − m3, where
 * m0 = (d0 − d2)·g0, m1 = (d1 + d2)·(g0 + g1 + g2)/2, m2 = (d2 − d1)·(g0 − g1 + g2)/2, m3 = (d1 − d3)·g2.
 */
import * as tf from '@tensorflow/tfjs';
import { activate } from './activate.js';
import type { DerivedWeights } from './context.js';
import type { Epilogue, ExplicitPadding, Window2d } from './window-2d.js';
import { concatAxis, sliceAxis } from './rearrange.js';

/** From so many channels on both sides the products outweigh the sums around them. */
const MANY_CHANNELS = 64;

/** Whether {@link fastRows} can do it and gains by it; below three rows, half of a pair is padding. */
export function isFastRows(x: tf.Tensor4D, filter: tf.Tensor4D, window: Window2d): boolean {
  const [rows, , perGroup, outputs] = filter.shape;
  const { stride, dilation } = window;
  const isPlain = rows === 3 && stride[0] === 1 && stride[1] === 1 && dilation[0] === 1;
  const isDense = perGroup === x.shape[3];
  return isPlain && isDense && Math.min(perGroup, outputs) >= MANY_CHANNELS && x.shape[1] >= 3;
}

/** A convolution with a filter of one row. */
type Product = (
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  window: Window2d,
  epilogue: Epilogue,
) => tf.Tensor4D;

/** `(x [B,L,W,C], filter [3,kW,C,O]) → [B,L',W',O]`, with stride 1, and dilation 1 along the rows. */
export function fastRows(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  { dilation, padding: [[before, after], columns] }: Window2d,
  { bias, activation = 'identity' }: Epilogue,
  { derived, product }: { readonly derived: DerivedWeights; readonly product: Product },
): tf.Tensor4D {
  const [batch, rows, , channels] = x.shape;
  const outRows = rows + before + after - 2;
  const pairs = Math.ceil(outRows / 2);
  const sums = derived.of(filter, 'sums of rows', () => sumFilters(channels));
  const taps = derived.of(filter, 'products of rows', () => productFilters(filter));
  // The last pair may be half padding; its second row is cut off at the end.
  const padding: ExplicitPadding = [
    [0, 0],
    [before, 2 * pairs + 2 - rows - before],
    [0, 0],
    [0, 0],
  ];
  const window: Window2d = {
    stride: [1, 1],
    dilation: [1, dilation[1]],
    padding: [[0, 0], columns],
  };
  const [m0, m1, m2, m3] = taps.map((tap, k) => {
    // The four rows of every pair with the weights of one product, each channel alone.
    const sum = tf.depthwiseConv2d(x, sums[k]!, [2, 1], padding);
    // Both rows of a pair contain m1 once.
    return product(sum, tap, window, k === 1 ? { bias } : {});
  }) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
  const even = tf.add(tf.add(m0, m1), m2);
  const odd = tf.sub(tf.sub(m1, m2), m3);
  const [, , width, outputs] = m0.shape;
  const flat = [batch * pairs, 1, width * outputs];
  const both = concatAxis(
    [even, odd].map((y) => tf.reshape(activate(y, activation), flat)),
    1,
  );
  const all = tf.reshape(both, [batch, 2 * pairs, width, outputs]);
  return sliceAxis(all, 1, 0, outRows) as tf.Tensor4D;
}

/** What each product takes of d0..d3. */
const SUMS = [
  [1, 0, -1, 0],
  [0, 1, 1, 0],
  [0, -1, 1, 0],
  [0, 1, 0, -1],
] as const;

/** `[4,1,C,1]` each. */
const sumFilters = (channels: number): readonly tf.Tensor4D[] =>
  SUMS.map((row) => tf.tile(tf.tensor4d([...row], [4, 1, 1, 1]), [1, 1, channels, 1]));

/** `[1,kW,C,O]` each. */
function productFilters(filter: tf.Tensor4D): readonly tf.Tensor4D[] {
  const [g0, g1, g2] = [0, 1, 2].map((tap) => sliceAxis(filter, 0, tap, tap + 1)) as [
    tf.Tensor4D,
    tf.Tensor4D,
    tf.Tensor4D,
  ];
  const outer = tf.add(g0, g2);
  const half = (sum: tf.Tensor): tf.Tensor4D => tf.mul(sum, 0.5);
  return [g0, half(tf.add(outer, g1)), half(tf.sub(outer, g1)), g2];
}
