/** @file Convolution and pooling of the graph. */
import type { LoweringTable, Triple } from '@slowfast/core';
import * as tf from '@tensorflow/tfjs';
import { activate } from './activate.js';
import type { LoweringContext } from './context.js';
import { convolve3d, isVolume, type Window3d } from './convolution-3d.js';
import type { Epilogue, Padding } from './window-2d.js';
import { CHANNELS_LAST, FILTER, inOrder, placed, type Placed } from './placed.js';
import { avgPool, maxPool } from './pooling.js';

type Table = LoweringTable<LoweringContext, Placed>;

const symmetric = ([t, h, w]: Triple): readonly [Padding, Padding, Padding] => [
  [t, t],
  [h, h],
  [w, w],
];

const clipOf = (x: Placed): tf.Tensor5D => inOrder(x, CHANNELS_LAST) as tf.Tensor5D;
const clip = (tensor: tf.Tensor): Placed => placed(tensor, CHANNELS_LAST);

/**
 * Convolution over two axes at a time; the backend's own over three where that is the faster one, which
 * `benchmarks/tfjs-native.mjs` shows.
 */
export const conv3d: Table['conv3d'] = (
  { attrs },
  [x, weight, bias],
  { nativeConv3d, derived },
) => {
  const { stride, dilation, padding, groups, activation } = attrs;
  const filter = inOrder(weight!, FILTER) as tf.Tensor5D;
  const window: Window3d = { stride, dilation, padding: symmetric(padding) };
  const epilogue = { bias: bias?.tensor, activation };
  // What is quick because it is kept loses digits that training needs.
  const isTrained = derived !== undefined && !derived.keeps(filter);
  const isDense = groups === 1 && dilation.every((step) => step === 1);
  const isNative = nativeConv3d && isDense && isVolume(filter);
  return clip(
    isNative
      ? native(clipOf(x!), filter, window, epilogue)
      : convolve3d(
          clipOf(x!),
          filter,
          window,
          epilogue,
          isTrained ? undefined : derived,
          isTrained,
        ),
  );
};

function native(
  x: tf.Tensor5D,
  filter: tf.Tensor5D,
  { stride, padding }: Window3d,
  { bias, activation }: Epilogue,
): tf.Tensor5D {
  const isPadded = padding.flat().some((size) => size > 0);
  const [t, h, w] = padding;
  const padded = isPadded ? tf.pad(x, [[0, 0], [...t], [...h], [...w], [0, 0]]) : x;
  const y = tf.conv3d(padded, filter, [...stride], 'valid');
  return activate(bias ? tf.add(y, bias) : y, activation ?? 'identity') as tf.Tensor5D;
}

/** Maximum over space, then over time. */
export const maxPool3d: Table['max_pool3d'] = ({ attrs }, [x]) =>
  clip(maxPool(clipOf(x!), { ...attrs, padding: symmetric(attrs.padding) }));

/** Mean over space, then over time. */
export const avgPool3d: Table['avg_pool3d'] = ({ attrs }, [x]) =>
  clip(avgPool(clipOf(x!), { ...attrs, padding: symmetric(attrs.padding) }));
