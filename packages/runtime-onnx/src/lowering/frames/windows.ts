/** @file Convolution and pooling frame by frame. */
import { sizeOf, type NodeOf, type Value } from '@slowfast/core';
import type { OnnxAttribute } from '../../proto/model.js';
import { applyActivation } from '../elementwise.js';
import { isPerFrame, tapsOf, type Tap, type WindowNode } from '../plan.js';
import type { Arrangement } from '../stored-weights.js';
import type { FormTable, Frames } from './forms.js';

/** A convolution: from groups of input frames to blocks of output frames, as the plan says. */
export function conv3d(node: NodeOf<'conv3d'>, table: FormTable): Frames | undefined {
  const lowering = table.plan.get(node.name) ?? 'plain';
  if (lowering === 'plain') return undefined;
  const outputs = tapsOf(node);
  const groups = groupedFrames(node, table, lowering.inputs);
  const packed = Math.min(lowering.outputs, outputs.length);
  const parts = Array.from({ length: Math.ceil(outputs.length / packed) }, (_, i) =>
    convBlock(node, table, groups, {
      name: packed === 1 ? `${node.name}/t${i}` : `${node.name}/block${i}`,
      outputs: outputs.slice(i * packed, (i + 1) * packed),
    }),
  );
  return { parts, packed };
}

/** Consecutive input frames that one convolution reads as channels. */
interface Group {
  readonly first: number;
  readonly count: number;
  /** Makes it where it is needed. */
  readonly value: () => string;
}

function groupedFrames(
  { name, inputs: [x] }: NodeOf<'conv3d'>,
  table: FormTable,
  size: number,
): readonly Group[] {
  const computed = table.frames(x!);
  if (computed.packed === size && size > 1) {
    // They stand together already.
    const count = x!.type.shape[2] as number;
    return computed.parts.map((part, i) => ({
      first: i * size,
      count: Math.min(size, count - i * size),
      value: () => part,
    }));
  }
  const { parts } = table.single(x!);
  return Array.from({ length: Math.ceil(parts.length / size) }, (_, i): Group => {
    const frames = parts.slice(i * size, (i + 1) * size);
    let joined: string | undefined;
    const value = (): string =>
      (joined ??=
        frames.length === 1
          ? frames[0]!
          : table.onnx.emit('Concat', `${name}/group${i}`, frames, { axis: { int: 1 } }));
    return { first: i * size, count: frames.length, value };
  });
}

function convBlock(
  node: NodeOf<'conv3d'>,
  { onnx, weights }: FormTable,
  groups: readonly Group[],
  { name, outputs }: { name: string; outputs: readonly (readonly Tap[])[] },
): string {
  const [, weight, bias] = node.inputs;
  const terms = groups.flatMap((group) => {
    const taps = outputs.map((all) =>
      all
        .map(({ tap, frame }) => ({ tap, frame: frame - group.first }))
        .filter(({ frame }) => frame >= 0 && frame < group.count),
    );
    return taps.some((all) => all.length > 0) ? [{ group, taps }] : [];
  });
  return applyActivation(onnx, node.attrs.activation, name, (result) =>
    // A chain of sums: ONNX Runtime's blocked convolutions add to what is there, so it costs nothing.
    terms.reduce((sum, { group, taps }, i) => {
      const filters = weights.value(weight!, arrangedFilters(weight!, taps, group.count));
      const shift = bias && i === 0 ? [weights.value(bias, repeated(bias, outputs.length))] : [];
      const as = terms.length === 1 ? result : `${result}/term${i}`;
      const term = onnx.emit('Conv', as, [group.value(), filters, ...shift], plane(node));
      if (i === 0) return term;
      return onnx.emit('Add', i === terms.length - 1 ? result : `${result}/sum${i}`, [sum, term]);
    }, ''),
  );
}

/** `[outputs·O, frames·C, kH, kW]`: each output frame's taps where their frames are, zeros elsewhere. */
function arrangedFilters(
  { type }: Value,
  outputs: readonly (readonly Tap[])[],
  frames: number,
): Arrangement {
  const [out, channels, kernel, ...rest] = type.shape as readonly [number, number, number, number];
  const area = sizeOf(rest);
  const shape = [outputs.length * out, frames * channels, ...rest];
  const key = outputs
    .map((taps) => taps.map(({ tap, frame }) => `${tap}@${frame}`).join('-'))
    .join(',');
  const arrange = (data: Float32Array): Float32Array => {
    if (kernel === 1 && outputs.length === 1 && frames === 1) return data;
    const filters = new Float32Array(sizeOf(shape));
    outputs.forEach((taps, n) => {
      for (const { tap, frame } of taps) {
        for (let o = 0; o < out; o++) {
          let from = (o * channels * kernel + tap) * area;
          let to = ((n * out + o) * frames + frame) * channels * area;
          for (let c = 0; c < channels; c++, from += (kernel - 1) * area) {
            // Most planes are one element, for which subarray() is slow.
            for (let i = 0; i < area; i++) filters[to++] = data[from++]!;
          }
        }
      }
    });
    return filters;
  };
  return { key: `taps(${key})of${frames}`, shape, arrange };
}

function repeated({ type }: Value, times: number): Arrangement | undefined {
  if (times === 1) return undefined;
  const length = type.shape[0] as number;
  const arrange = (data: Float32Array): Float32Array => {
    const all = new Float32Array(times * length);
    for (let n = 0; n < times; n++) all.set(data, n * length);
    return all;
  };
  return { key: `x${times}`, shape: [times * length], arrange };
}

/** The attributes of a window along H and W. */
function plane(node: WindowNode): Record<string, OnnxAttribute> {
  const { kernel, stride, padding } = node.attrs;
  const pads = padding.slice(1);
  return {
    kernel_shape: { ints: kernel.slice(1) },
    strides: { ints: stride.slice(1) },
    pads: { ints: [...pads, ...pads] },
    ...(node.op === 'conv3d'
      ? {
          dilations: { ints: node.attrs.dilation.slice(1) },
          group: { int: node.attrs.groups },
        }
      : {}),
  };
}

/** The largest of each window: in the planes first, then over the frames of a window. */
export function maxPool3d(node: NodeOf<'max_pool3d'>, table: FormTable): Frames | undefined {
  const { onnx, plan } = table;
  const { name } = node;
  const [x] = node.inputs;
  if ((plan.get(name) ?? 'plain') === 'plain') return undefined;
  const window = plane(node);
  const pooled = ({ parts, packed }: Frames, of: (t: number) => string): Frames => ({
    parts: parts.map((part, t) => onnx.emit('MaxPool', of(t), [part], window)),
    packed,
  });
  const outputs = tapsOf(node);
  if (isPerFrame(node)) return pooled(table.frames(x!), (t) => `${name}/t${t}`);
  const { parts } = pooled(table.single(x!), (t) => `${name}/frame${t}`);
  return {
    parts: outputs.map((taps, t) => {
      const frames = taps.map(({ frame }) => parts[frame]!);
      return frames.length === 1 ? frames[0]! : onnx.emit('Max', `${name}/t${t}`, frames);
    }),
    packed: 1,
  };
}

/** The mean of each window, where windows do not reach over several frames. */
export function avgPool3d(node: NodeOf<'avg_pool3d'>, table: FormTable): Frames | undefined {
  const { onnx, plan } = table;
  if ((plan.get(node.name) ?? 'plain') === 'plain' || !isPerFrame(node)) return undefined;
  const { parts, packed } = table.frames(node.inputs[0]!);
  const window = { ...plane(node), count_include_pad: { int: 1 } };
  return {
    parts: parts.map((part, t) => onnx.emit('AveragePool', `${node.name}/t${t}`, [part], window)),
    packed,
  };
}
