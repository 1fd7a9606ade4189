/**
 * @file 3-D convolution and pooling by windows over two axes: frames are images (1×k×k), or time is the
 * rows and positions are the columns (k×1×1), or one convolution a frame of the kernel, summed.
 */
import {
  windowSize,
  type Dim,
  type LoweringTable,
  type NodeOf,
  type Value,
  type WindowAttrs,
} from '@slowfast/core';
import { CHANNELS_LAST, product, type Laid, type Operand } from '../axes.js';
import { computed } from '../operand.js';
import { activated } from './activation.js';
import { framesOf } from './arrangement.js';
import type { GraphDef } from './graph-def.js';
import { convolution2d, pooling2d, type Convolution2d } from './window-2d.js';

type Table = LoweringTable<GraphDef, Operand>;

const shapeOf = ({ type }: Value): readonly number[] => type.shape as readonly number[];

/** Frames as images [N·T, H, W, C]. */
function asImages(tf: GraphDef, name: string, x: Laid): Laid {
  const [n, t, ...image] = x.dims;
  return tf.reshaped(name, x, [product([n!, t!]), ...image]);
}

/** Images as frames [N, T, H, W, C]. */
function asFrames(tf: GraphDef, name: string, x: Laid, clips: Dim, frames: number): Laid {
  return tf.reshaped(name, x, [clips, frames, ...x.dims.slice(1)], [...CHANNELS_LAST]);
}

/** Time as rows, positions as columns [N, T, H·W, C]. */
function asColumns(tf: GraphDef, name: string, x: Laid): Laid {
  const [n, t, h, w, c] = x.dims;
  return tf.reshaped(name, x, [n!, t!, product([h!, w!]), c!]);
}

/**
 * The filter [taps, channels in a group, channels out] out of PyTorch's [out, in, kT, kH, kW]. With one
 * channel in a group this is a depthwise filter of TensorFlow's, too: channels out lie by channel in.
 */
function filterOf(
  weight: Float32Array,
  [, inputs, kT, kH, kW]: readonly number[],
  first: number,
  taps: number,
): Convolution2d['filter'] {
  const volume = kT! * kH! * kW!;
  return (start, stop) => {
    const filter = new Float32Array(taps * inputs! * (stop - start));
    let at = 0;
    for (let tap = first; tap < first + taps; tap++) {
      for (let i = 0; i < inputs!; i++) {
        for (let o = start; o < stop; o++) filter[at++] = weight[(o * inputs! + i) * volume + tap]!;
      }
    }
    return filter;
  };
}

/** Convolution, its bias and its activation. */
export const conv3d: Table['conv3d'] = (node, operands, tf) => {
  const [x, weight, bias] = operands;
  const input = tf.arranged(node.name, x!.laid(), CHANNELS_LAST);
  return computed(node.name, convolution(tf, node, input, weight!.numbers(), bias?.numbers()));
};

function convolution(
  tf: GraphDef,
  { name, attrs, inputs }: NodeOf<'conv3d'>,
  x: Laid,
  weight: Float32Array,
  bias: Float32Array | undefined,
): Laid {
  const { kernel, stride, padding, dilation, groups, activation } = attrs;
  const [kT, kH, kW] = kernel;
  const shape = shapeOf(inputs[1]!);
  const channels = shape[0]!;
  const [clips, t] = x.dims as readonly [Dim, number];
  const frames = windowSize(t, kT, stride[0], padding[0], dilation[0]);
  const spatial = {
    kernel: [kH, kW],
    stride: [stride[1], stride[2]],
    padding: [padding[1], padding[2]],
    dilation: [dilation[1], dilation[2]],
    groups,
    channels,
  } as const;
  const isPoint =
    [kH, kW, stride[1], stride[2]].every((v) => v === 1) && !padding[1] && !padding[2];
  if (kT > 1 && isPoint) {
    const filter = filterOf(weight, shape, 0, kT);
    const y = convolution2d(tf, name, asColumns(tf, name, x), {
      kernel: [kT, 1],
      stride: [stride[0], 1],
      padding: [padding[0], 0],
      dilation: [dilation[0], 1],
      groups,
      channels,
      filter,
      bias,
      activation,
    });
    const [, , h, w] = x.dims;
    return tf.reshaped(name, y, [clips, frames, h!, w!, channels], [...CHANNELS_LAST]);
  }
  const area = kH * kW;
  const taps = Array.from({ length: kT }, (_, tap): Laid => {
    const frame = framesOf(tf, kT === 1 ? name : `${name}/frame${tap}`, x, {
      padding: padding[0],
      start: tap * dilation[0],
      step: stride[0],
      count: frames,
    });
    return convolution2d(tf, kT === 1 ? name : `${name}/frame${tap}`, asImages(tf, name, frame), {
      ...spatial,
      filter: filterOf(weight, shape, tap * area, area),
      bias: tap === 0 ? bias : undefined,
      activation: kT === 1 ? activation : 'identity',
    });
  });
  const sum = taps.reduce((a, b, tap) => ({
    ...a,
    ref: tf.add('AddV2', `${name}/sum${tap}`, [a.ref, b.ref]),
  }));
  const y = kT === 1 ? sum : activated(tf, name, sum, activation);
  return asFrames(tf, name, y, clips, frames);
}

type Pooling = 'max_pool3d' | 'avg_pool3d';

/** Below every float32 of a network, and finite, since not every backend keeps infinities. */
const LEAST = -3.4e38;

function pooling<K extends Pooling>(op: 'MaxPool' | 'AvgPool', outside: number): Table[K] {
  const lower = (node: NodeOf<Pooling>, [operand]: readonly Operand[], tf: GraphDef): Operand => {
    const { name } = node;
    const { kernel, stride, padding }: WindowAttrs = node.attrs;
    const x = tf.arranged(name, operand!.laid(), CHANNELS_LAST);
    const [clips, t] = x.dims as readonly [Dim, number];
    const isSpatial = [kernel, stride].some((v) => v[1] > 1 || v[2] > 1);
    const inFrames = !isSpatial
      ? x
      : asFrames(
          tf,
          name,
          pooling2d(tf, name, asImages(tf, name, x), {
            op,
            outside,
            kernel: [kernel[1], kernel[2]],
            stride: [stride[1], stride[2]],
            padding: [padding[1], padding[2]],
          }),
          clips,
          t,
        );
    if (kernel[0] === 1 && stride[0] === 1) return computed(name, inFrames);
    const [, , h, w, c] = inFrames.dims;
    const y = pooling2d(tf, `${name}/time`, asColumns(tf, name, inFrames), {
      op,
      outside,
      kernel: [kernel[0], 1],
      stride: [stride[0], 1],
      padding: [padding[0], 0],
    });
    const dims = [clips, y.dims[1]!, h!, w!, c!];
    return computed(name, tf.reshaped(name, y, dims, [...CHANNELS_LAST]));
  };
  return lower as Table[K];
}

/** Maximum over rows and columns, then over time. */
export const maxPool3d: Table['max_pool3d'] = pooling<'max_pool3d'>('MaxPool', LEAST);

/** Mean over rows and columns, then over time. */
export const avgPool3d: Table['avg_pool3d'] = pooling<'avg_pool3d'>('AvgPool', 0);
