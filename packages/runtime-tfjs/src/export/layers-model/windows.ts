/** @file 3-D convolution and pooling; padding is symmetric, as in PyTorch, which Keras' 'same' is at stride 1 only. */
import {
  windowSize,
  type Dim,
  type LoweringTable,
  type Triple,
  type WindowAttrs,
} from '@slowfast/core';
import { CHANNELS_LAST, type Laid, type Operand } from '../axes.js';
import { computed } from '../operand.js';
import { activated, layerActivation } from './activation.js';
import type { KerasModel, LayerWeight } from './keras-model.js';

type Table = LoweringTable<KerasModel, Operand>;
type Volume = readonly [n: Dim, t: number, h: number, w: number, c: number];

const ONES: Triple = [1, 1, 1];
const NONE: Triple = [0, 0, 0];
const isOne = (sizes: Triple): boolean => sizes.every((size) => size === 1);
const isZero = (sizes: Triple): boolean => sizes.every((size) => size === 0);

/** PyTorch's [out, in, kT, kH, kW] as Keras' [kT, kH, kW, in, out]. */
function kernelOf(weight: Float32Array, [out, inputs, ...kernel]: readonly number[]): LayerWeight {
  const volume = kernel.reduce((size, k) => size * k, 1);
  const data = new Float32Array(weight.length);
  let at = 0;
  for (let tap = 0; tap < volume; tap++) {
    for (let i = 0; i < inputs!; i++) {
      for (let o = 0; o < out!; o++) data[at++] = weight[(o * inputs! + i) * volume + tap]!;
    }
  }
  return ['kernel', [...kernel, inputs!, out!], data];
}

/** Zeros around frames, rows and columns, by padding of two axes at a time. */
function zeroPadded(keras: KerasModel, name: string, x: Laid, [pt, ph, pw]: Triple): Laid {
  const [n, t, h, w, c] = x.dims as Volume;
  const wide = w + 2 * pw;
  let value = x;
  if (pw > 0) {
    const rows = keras.reshaped(name, value, [n, t * h, w, c]);
    value = pad(keras, `${name}_pad_width`, rows, [0, pw]);
  }
  if (pt > 0 || ph > 0) {
    const frames = keras.reshaped(name, value, [n, t, h * wide, c]);
    value = pad(keras, `${name}_pad`, frames, [pt, ph * wide]);
  }
  return keras.reshaped(name, value, [n, t + 2 * pt, h + 2 * ph, wide, c], [...CHANNELS_LAST]);
}

function pad(keras: KerasModel, name: string, x: Laid, [a, b]: readonly [number, number]): Laid {
  const [n, rows, columns, c] = x.dims as readonly [Dim, number, number, number];
  const padding = [
    [a, a],
    [b, b],
  ];
  const ref = keras.add('ZeroPadding2D', name, [x.ref], { padding, data_format: 'channels_last' });
  return { ...x, ref, dims: [n, rows + 2 * a, columns + 2 * b, c] };
}

function windowDims(
  { dims }: Laid,
  channels: Dim,
  { kernel, stride, padding }: WindowAttrs,
  dilation: Triple,
): readonly Dim[] {
  const size = (i: 0 | 1 | 2): number =>
    windowSize(dims[i + 1] as number, kernel[i], stride[i], padding[i], dilation[i]);
  return [dims[0]!, size(0), size(1), size(2), channels];
}

/** Conv3D, its bias and activation; after layers of padding where the stride is above 1. */
export const conv3d: Table['conv3d'] = ({ name, attrs, inputs }, operands, keras) => {
  const { kernel, stride, padding, dilation, groups } = attrs;
  if (groups !== 1) keras.refuse('a convolution of one group', `${groups} groups`);
  const x = keras.arranged(name, operands[0]!.laid(), CHANNELS_LAST);
  const shape = inputs[1]!.type.shape as readonly number[];
  const isSame =
    isOne(stride) && padding.every((p, axis) => 2 * p === dilation[axis]! * (kernel[axis]! - 1));
  const padded = isSame ? x : zeroPadded(keras, name, x, padding);
  // TensorFlow has no stride together with dilation: take the positions from the dense result.
  const isDense = isOne(stride) || isOne(dilation);
  const { activation, rest } = layerActivation(attrs.activation);
  const bias = operands[2]?.numbers();
  const ref = keras.add(
    'Conv3D',
    name,
    [padded.ref],
    {
      filters: shape[0],
      kernel_size: kernel,
      strides: isDense ? stride : ONES,
      dilation_rate: dilation,
      padding: isSame && !isZero(padding) ? 'same' : 'valid',
      data_format: 'channels_last',
      activation,
      use_bias: bias !== undefined,
    },
    [
      kernelOf(operands[1]!.numbers(), shape),
      ...(bias ? [['bias', [shape[0]!], bias] as const] : []),
    ],
  );
  const y: Laid = { ref, axes: CHANNELS_LAST, dims: windowDims(x, shape[0]!, attrs, dilation) };
  const strided = isDense ? y : { ...y, ref: pool(keras, `${name}_stride`, ref, ONES, stride) };
  return computed(name, activated(keras, name, strided, rest));
};

function pool(
  keras: KerasModel,
  name: string,
  x: string,
  kernel: Triple,
  stride: Triple,
  options: { readonly layer?: string; readonly padding?: 'same' | 'valid' } = {},
): string {
  return keras.add(options.layer ?? 'MaxPooling3D', name, [x], {
    pool_size: kernel,
    strides: stride,
    padding: options.padding ?? 'valid',
    data_format: 'channels_last',
  });
}

/**
 * Along axes with padding the maximum is taken at every position, which Keras' 'same' pads symmetrically
 * and without winning, and every stride-th of these is kept.
 */
export const maxPool3d: Table['max_pool3d'] = ({ name, attrs }, [operand], keras) => {
  const { kernel, stride, padding } = attrs;
  const x = keras.arranged(name, operand!.laid(), CHANNELS_LAST);
  const dims = windowDims(x, x.dims[4]!, attrs, ONES);
  const isPadded = (axis: number): boolean => padding[axis]! > 0;
  const uneven = padding.find((p, axis) => p > 0 && 2 * p !== kernel[axis]! - 1);
  if (uneven !== undefined) {
    const received = `max_pool3d of kernel ${kernel.join('x')} with padding ${padding.join(', ')}`;
    keras.refuse('padding of half the window', received);
  }
  if (isZero(padding)) {
    const ref = pool(keras, name, x.ref, kernel, stride);
    return computed(name, { ...x, ref, dims });
  }
  const along = kernel.map((k, axis) => (isPadded(axis) ? k : 1)) as unknown as Triple;
  const others = kernel.map((k, axis) => (isPadded(axis) ? 1 : k)) as unknown as Triple;
  const dense = pool(keras, `${name}_dense`, x.ref, along, ONES, { padding: 'same' });
  const isDone = isOne(others) && isOne(stride);
  return computed(name, {
    ...x,
    ref: isDone ? dense : pool(keras, name, dense, others, stride),
    dims,
  });
};

/** AveragePooling3D; padding counts as zeros, so zeros are put there. */
export const avgPool3d: Table['avg_pool3d'] = ({ name, attrs }, [operand], keras) => {
  const { kernel, stride, padding } = attrs;
  const x = keras.arranged(name, operand!.laid(), CHANNELS_LAST);
  const padded = zeroPadded(keras, name, x, padding);
  const layer = 'AveragePooling3D';
  const ref = pool(keras, name, padded.ref, kernel, stride, { layer });
  const dims = windowDims(padded, x.dims[4]!, { ...attrs, padding: NONE }, ONES);
  return computed(name, { ...padded, ref, dims });
};
