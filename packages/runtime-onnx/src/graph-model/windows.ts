/** @file Convolutions, pooling and resizing: channels last in a graph model, channels first in ONNX. */
import { sizeOf } from '@slowfast/core';
import type { OnnxAttribute } from '../proto/model.js';
import type { LoweredNode, Lowering, LoweringEmitter } from './node-lowering.js';

/** Runs what `write` emits between a transposition to N C H W and one back; ONNX Runtime removes those that meet. */
function channelsFirst(
  node: LoweredNode,
  e: LoweringEmitter,
  write: (value: string) => string,
): readonly string[] {
  const [to, back] = [
    [0, 3, 1, 2],
    [0, 2, 3, 1],
  ].map((ints) => ({ perm: { ints: ints! } }));
  const value = write(e.emit('Transpose', `${node.name}/first`, [node.input(0)], to));
  return [e.emit('Transpose', node.name, [value], back)];
}

/** Spatial part of strides, dilations or a kernel's size. */
function spatial(node: LoweredNode, name: string): readonly number[] {
  const [n, height, width, channels] = node.ints(name);
  if (n !== 1 || channels !== 1) node.refuse(`${name} over clips or channels`);
  return [height!, width!];
}

function padding(node: LoweredNode): OnnxAttribute {
  const name = node.text('padding');
  if (name !== 'SAME' && name !== 'VALID') node.refuse(`padding ${name}`);
  return { text: name === 'SAME' ? 'SAME_UPPER' : 'VALID' };
}

/** `[H, W, I, O]` as `[O, I, H, W]`; depthwise, `[H, W, C, M]` as `[C * M, 1, H, W]`. */
function kernel(node: LoweredNode, e: LoweringEmitter, depthwise: boolean): [string, number] {
  const { shape, data } = node.constant(1);
  const [height, width, inner, outer] = shape as [number, number, number, number];
  if (shape.length !== 4) node.refuse(`a kernel of ${shape.length} axes`);
  const turned = new Float32Array(sizeOf(shape));
  const area = height * width;
  for (let at = 0; at < area; at++) {
    for (let i = 0; i < inner; i++) {
      for (let o = 0; o < outer; o++) {
        const row = depthwise ? i * outer + o : o * inner + i;
        turned[row * area + at] = data[(at * inner + i) * outer + o]!;
      }
    }
  }
  const first = depthwise ? [inner * outer, 1] : [outer, inner];
  return [e.weight(`${node.name}/kernel`, [...first, height, width], turned), inner];
}

const convolution =
  (depthwise: boolean): Lowering =>
  (node, e) => {
    if (node.text('data_format', 'NHWC') !== 'NHWC') node.refuse('channels first');
    const [weights, channels] = kernel(node, e, depthwise);
    const fused = node.texts('fused_ops');
    const hasBias = fused[0] === 'BiasAdd';
    const [activation, ...more] = hasBias ? fused.slice(1) : fused;
    if (more.length > 0 || !['Relu', 'Relu6', undefined].includes(activation)) {
      node.refuse(`the fused operations ${fused.join(', ')}`);
    }
    return channelsFirst(node, e, (value) => {
      const inputs = [value, weights, ...(hasBias ? [node.input(2)] : [])];
      const sum = e.emit('Conv', `${node.name}/conv`, inputs, {
        auto_pad: padding(node),
        strides: { ints: spatial(node, 'strides') },
        dilations: { ints: spatial(node, 'dilations') },
        group: { int: depthwise ? channels : 1 },
      });
      if (activation === undefined) return sum;
      if (activation === 'Relu') return e.emit('Relu', `${node.name}/relu`, [sum]);
      return e.emit('Clip', `${node.name}/relu6`, [sum, e.float(0), e.float(6)]);
    });
  };

const maxPool: Lowering = (node, e) =>
  channelsFirst(node, e, (value) =>
    e.emit('MaxPool', `${node.name}/pool`, [value], {
      auto_pad: padding(node),
      kernel_shape: { ints: spatial(node, 'ksize') },
      strides: { ints: spatial(node, 'strides') },
    }),
  );

const resizeBilinear: Lowering = (node, e) =>
  channelsFirst(node, e, (value) => {
    const mode = node.flag('half_pixel_centers')
      ? 'half_pixel'
      : node.flag('align_corners')
        ? 'align_corners'
        : 'asymmetric';
    const shape = e.emit('Shape', `${node.name}/shape`, [value]);
    const lead = e.emit('Gather', `${node.name}/kept`, [shape, e.integers([0, 1])]);
    const size = e.emit('Concat', `${node.name}/size`, [lead, node.input(1)], { axis: { int: 0 } });
    return e.emit('Resize', `${node.name}/resize`, [value, '', '', size], {
      mode: { text: 'linear' },
      coordinate_transformation_mode: { text: mode },
    });
  });

/** Operations over windows of an image. */
export const WINDOWS: Readonly<Record<string, Lowering>> = {
  Conv2D: convolution(false),
  _FusedConv2D: convolution(false),
  DepthwiseConv2dNative: convolution(true),
  FusedDepthwiseConv2dNative: convolution(true),
  MaxPool: maxPool,
  ResizeBilinear: resizeBilinear,
};
