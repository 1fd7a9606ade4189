/**
 * @file The gradients of a 2-D convolution by native TensorFlow's own kernels, which are several times faster
 * than convolutions composed for it. TF.js takes them without padding and without dilation only.
 */
import * as tf from '@tensorflow/tfjs';
import type { Pair, Window2d } from './conv2d-backprop.js';

/** Whether the current backend has these kernels for a window. */
export function hasNativeBackprop({ dilation }: Window2d): boolean {
  return tf.getBackend() === 'tensorflow' && dilation.every((gap) => gap === 1);
}

/** `dw [kH, kW, C, O]` of x `[N, H, W, C]` and dy `[N, H', W', O]`. */
export function nativeFilterGradient(
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  [kH, kW]: Pair,
  { stride, padding }: Window2d,
): tf.Tensor4D {
  const after = paddingAfter([x.shape[1], x.shape[2]], dy, [kH, kW], { stride, padding });
  const seen = padded(x, padding, after);
  return tf.engine().runKernel('Conv2DBackpropFilter', { x: seen, dy }, {
    strides: [...stride],
    pad: 'valid',
    dataFormat: 'NHWC',
    dimRoundingMode: null,
    filterShape: [kH, kW, x.shape[3], dy.shape[3]],
  } as unknown as tf.NamedAttrMap) as tf.Tensor4D;
}

/** `dx [N, H, W, C]` of dy `[N, H', W', O]` and w `[kH, kW, C, O]`; `size` is H and W. */
export function nativeInputGradient(
  size: Pair,
  dy: tf.Tensor4D,
  w: tf.Tensor4D,
  { stride, padding }: Window2d,
): tf.Tensor4D {
  const [kH, kW, channels] = w.shape;
  const after = paddingAfter(size, dy, [kH, kW], { stride, padding });
  const inputShape = [
    dy.shape[0],
    padding[0] + size[0] + after[0],
    padding[1] + size[1] + after[1],
    channels,
  ];
  const dx = tf.engine().runKernel('Conv2DBackpropInput', { dy, filter: w }, {
    strides: [...stride],
    pad: 'valid',
    dataFormat: 'NHWC',
    dimRoundingMode: null,
    inputShape,
  } as unknown as tf.NamedAttrMap) as tf.Tensor4D;
  if (inputShape[1] === size[0] && inputShape[2] === size[1]) return dx;
  return tf.slice(dx, [0, padding[0], padding[1], 0], [dy.shape[0], size[0], size[1], channels]);
}

/** Padding after the image that the windows reach; none where they stop before its end. */
function paddingAfter(
  size: Pair,
  dy: tf.Tensor4D,
  kernel: Pair,
  { stride, padding }: Pick<Window2d, 'stride' | 'padding'>,
): Pair {
  const along = (axis: 0 | 1): number => {
    const reached = stride[axis] * (dy.shape[axis + 1]! - 1) + kernel[axis] - padding[axis];
    return Math.max(0, reached - size[axis]);
  };
  return [along(0), along(1)];
}

/** Both axes in one pass over the images: `fitAxis` along each takes two, which shows in the gradient's time. */
function padded(x: tf.Tensor4D, [top, left]: Pair, [bottom, right]: Pair): tf.Tensor4D {
  if (top + left + bottom + right === 0) return x;
  return tf.pad(x, [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ]);
}
