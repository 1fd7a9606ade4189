/** @file Windows over two axes, which every backend is fast at, on values [images, rows, columns, channels]. */
import { windowSize, type ActivationFunction, type Dim } from '@slowfast/core';
import type { Laid } from '../axes.js';
import { activated } from './activation.js';
import { integerList, text, type GraphDef, type TfAttribute } from './graph-def.js';

/** Rows and columns. */
export type Pair = readonly [rows: number, columns: number];

/** A window. */
export interface Window2d {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly padding: Pair;
}

/** A convolution. */
export interface Convolution2d extends Window2d {
  readonly dilation: Pair;
  readonly groups: number;
  readonly channels: number;
  /** The filter [rows, columns, channels in a group, channels out of these] of a range of channels out. */
  readonly filter: (start: number, stop: number) => Float32Array;
  readonly bias: Float32Array | undefined;
  readonly activation: ActivationFunction;
}

const NHWC: TfAttribute = { s: text('NHWC') };
const VALID: TfAttribute = { s: text('VALID') };
const FUSED: Partial<Record<ActivationFunction, string>> = { relu: 'Relu', relu6: 'Relu6' };

const around = ([rows, columns]: Pair): TfAttribute => integerList([1, rows, columns, 1]);
const isOne = ([rows, columns]: Pair): boolean => rows === 1 && columns === 1;

/** The convolution, with its bias and activation in the same node where there are such nodes. */
export function convolution2d(tf: GraphDef, name: string, x: Laid, conv: Convolution2d): Laid {
  // TensorFlow has no stride together with dilation: take the rows and columns from the dense result.
  if (!isOne(conv.stride) && !isOne(conv.dilation)) {
    const dense = convolution2d(tf, name, x, { ...conv, stride: [1, 1] });
    return every(tf, name, dense, conv.stride);
  }
  const from = x.dims[3] as number;
  if (conv.groups === 1 || conv.groups === from) return oneConvolution(tf, name, x, conv);
  const [inEach, outEach] = [from / conv.groups, conv.channels / conv.groups];
  const parts = Array.from({ length: conv.groups }, (_, group): Laid => {
    const sizes = tf.integers([-1, -1, -1, inEach]);
    const begin = tf.integers([0, 0, 0, group * inEach]);
    const ref = tf.add('Slice', `${name}/group${group}/Slice`, [x.ref, begin, sizes]);
    const start = group * outEach;
    return oneConvolution(
      tf,
      `${name}/group${group}`,
      { ...x, ref, dims: x.dims.with(3, inEach) },
      {
        ...conv,
        groups: 1,
        channels: outEach,
        filter: (a, b) => conv.filter(start + a, start + b),
        bias: conv.bias?.subarray(start, start + outEach),
      },
    );
  });
  const inputs = [...parts.map(({ ref }) => ref), tf.integer(3)];
  const ref = tf.add('ConcatV2', name, inputs, { N: { i: String(parts.length) } });
  return { ...parts[0]!, ref, dims: parts[0]!.dims.with(3, conv.channels) };
}

function oneConvolution(tf: GraphDef, name: string, x: Laid, conv: Convolution2d): Laid {
  const { kernel, channels, bias, activation, groups } = conv;
  const from = x.dims[3] as number;
  const isDepthwise = groups > 1;
  const shape = isDepthwise ? [...kernel, from, channels / from] : [...kernel, from, channels];
  const inputs = [
    x.ref,
    tf.constant(`${name}/filter`, shape, conv.filter(0, channels)),
    ...(bias ? [tf.constant(`${name}/bias`, [channels], bias)] : []),
  ];
  const fused = bias ? FUSED[activation] : undefined;
  const [pr, pc] = conv.padding;
  const attributes: Record<string, TfAttribute> = {
    strides: around(conv.stride),
    dilations: around(conv.dilation),
    data_format: NHWC,
    padding: isZero(conv.padding) ? VALID : { s: text('EXPLICIT') },
    ...(isZero(conv.padding)
      ? {}
      : { explicit_paddings: integerList([0, 0, pr, pr, pc, pc, 0, 0]) }),
    ...(bias
      ? {
          num_args: { i: '1' },
          fused_ops: { list: { s: ['BiasAdd', ...(fused ? [fused] : [])].map(text) } },
        }
      : {}),
  };
  const plain = isDepthwise ? 'DepthwiseConv2dNative' : 'Conv2D';
  const withBias = isDepthwise ? 'FusedDepthwiseConv2dNative' : '_FusedConv2D';
  const ref = tf.add(bias ? withBias : plain, name, inputs, attributes);
  const result: Laid = { ...x, ref, dims: windowDims(x, conv, conv.dilation, channels) };
  return fused ? result : activated(tf, name, result, activation);
}

const isZero = ([rows, columns]: Pair): boolean => rows === 0 && columns === 0;

/** Maximum or mean over windows; `outside` is what padding counts as. */
export function pooling2d(
  tf: GraphDef,
  name: string,
  x: Laid,
  { op, outside, ...window }: Window2d & { op: 'MaxPool' | 'AvgPool'; outside: number },
): Laid {
  const { kernel, stride, padding } = window;
  if (isOne(kernel) && isOne(stride) && isZero(padding)) return x;
  const [pr, pc] = padding;
  const ref = isZero(padding)
    ? x.ref
    : tf.add('PadV2', `${name}/PadV2`, [
        x.ref,
        tf.pairs([
          [0, 0],
          [pr, pr],
          [pc, pc],
          [0, 0],
        ]),
        tf.number(outside),
      ]);
  const pooled = tf.add(op, name, [ref], {
    ksize: around(kernel),
    strides: around(stride),
    padding: VALID,
    data_format: NHWC,
  });
  return { ...x, ref: pooled, dims: windowDims(x, window, [1, 1], x.dims[3]!) };
}

function windowDims(x: Laid, window: Window2d, dilation: Pair, channels: Dim): readonly Dim[] {
  const { kernel, stride, padding } = window;
  const size = (i: 0 | 1): number =>
    windowSize(x.dims[i + 1] as number, kernel[i], stride[i], padding[i], dilation[i]);
  return [x.dims[0]!, size(0), size(1), channels];
}

/** Every n-th row and column. */
function every(tf: GraphDef, name: string, x: Laid, [rows, columns]: Pair): Laid {
  const [n, h, w, c] = x.dims as readonly [Dim, number, number, Dim];
  const ends = tf.integers([0, h, w, 0]);
  const inputs = [x.ref, tf.integers([0, 0, 0, 0]), ends, tf.integers([1, rows, columns, 1])];
  // Bits 0 and 3: all images and all channels.
  const masks = { begin_mask: { i: '9' }, end_mask: { i: '9' } };
  const ref = tf.add('StridedSlice', `${name}/StridedSlice`, inputs, masks);
  return { ...x, ref, dims: [n, Math.ceil(h / rows), Math.ceil(w / columns), c] };
}
