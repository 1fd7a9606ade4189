/** @file Gradients of pooling. */
import { windowSize, type NodeOf, type Triple, type Value, type WindowAttrs } from '@slowfast/core';
import type { Form, FormTable } from '../frames/forms.js';
import { inverseMap, mappedFrames } from './frames-of-planes.js';
import { frameSizes, hasPlanes } from './planes.js';

const isPerFrame = ({ kernel, stride, padding }: WindowAttrs): boolean =>
  kernel[0] === 1 && stride[0] === 1 && padding[0] === 0;

/** To the positions that MaxPool says: windows overlap, so the gradients of one position are added. */
export function maxPoolGradient(node: NodeOf<'max_pool3d_gradient'>, table: FormTable): Form {
  const { name, attrs, inputs } = node;
  const { onnx } = table;
  const [gradient, x] = inputs as [Value, Value];
  const isPlanes = isPerFrame(attrs) && hasPlanes(x);
  const axes = isPlanes ? 1 : 0;
  const [dy, input] = [gradient, x].map((value) =>
    isPlanes ? table.planes(value) : table.whole(value),
  ) as [string, string];
  const padding = attrs.padding.slice(axes);
  const [, positions] = onnx.emitBoth('MaxPool', `${name}/largest`, [input], {
    kernel_shape: { ints: attrs.kernel.slice(axes) },
    strides: { ints: attrs.stride.slice(axes) },
    pads: { ints: [...padding, ...padding] },
  });
  const flat = onnx.integers([-1]);
  const rows = (value: string, part: string): string =>
    onnx.emit('Reshape', `${name}/${part}`, [value, flat]);
  const zeros = onnx.emit('Mul', `${name}/zeros`, [rows(input, 'x'), onnx.float(0)]);
  const operands = [zeros, rows(positions, 'positions'), rows(dy, 'dy')];
  const added = onnx.emit('ScatterElements', `${name}/added`, operands, {
    axis: { int: 0 },
    reduction: { text: 'add' },
  });
  const [, ...shape] = x.type.shape as readonly number[];
  const [channels, , ...area] = shape;
  const result = onnx.emit('Reshape', name, [
    added,
    onnx.integers(isPlanes ? [-1, channels!, ...area] : [-1, ...shape]),
  ]);
  return isPlanes ? { planes: result } : { whole: result };
}

/** Each plane of a channel by itself: spread over H and W, then over the frames. */
export function avgPoolGradient(node: NodeOf<'avg_pool3d_gradient'>, table: FormTable): Form {
  const { name, attrs, inputs, output } = node;
  const { kernel, stride, padding, size } = attrs;
  const { onnx } = table;
  const [gradient] = inputs as [Value];
  const channels = output.type.shape[1] as number;
  const [frames, ...area] = frameSizes(gradient);
  const single = onnx.emit('Reshape', `${name}/planes`, [
    table.planes(gradient),
    onnx.integers([-1, 1, ...area]),
  ]);
  const volume = kernel.reduce((product, length) => product * length, 1);
  const window = kernel.slice(1) as [number, number];
  const shares = new Float32Array(window[0] * window[1]).fill(1 / volume);
  const weight = onnx.tensor('float32', [1, 1, ...window], shares);
  const rest = [1, 2].map((axis) => {
    const reach = (area[axis - 1]! - 1) * stride[axis]! - 2 * padding[axis]! + kernel[axis]!;
    return size[axis]! - reach;
  });
  const pads = padding.slice(1);
  // What a window never reaches is cut off or added as zeros behind: more than ConvTranspose allows.
  const extra = rest.map((missing, i) => Math.min(missing, stride[i + 1]! - 1));
  const spread = onnx.emit('ConvTranspose', `${name}/spread`, [single, weight], {
    kernel_shape: { ints: window },
    strides: { ints: stride.slice(1) },
    pads: { ints: [...pads, ...pads] },
    output_padding: { ints: extra },
  });
  const maps = timeMaps(attrs, size, frames);
  const parts = maps.map((map, tap) => {
    const from = { map, frames, channels: 1 };
    const target = [size[1], size[2]] as const;
    return mappedFrames(onnx, `${name}/tap${tap}`, spread, from, target);
  });
  const sum = parts.reduce((total, part, i) => onnx.emit('Add', `${name}/sum${i}`, [total, part]));
  const shape = onnx.integers([-1, channels, size[1], size[2]]);
  return { planes: onnx.emit('Reshape', name, [sum, shape]) };
}

/** For each tap in time the output frame that gives to each input frame. */
function timeMaps(
  { kernel, stride, padding }: WindowAttrs,
  size: Triple,
  frames: number,
): readonly (readonly number[])[] {
  const [length, step, pad] = [kernel[0], stride[0], padding[0]];
  const count = windowSize(size[0], length, step, pad, 1);
  return Array.from({ length }, (_, tap) => {
    const map = Array.from({ length: Math.min(count, frames) }, (_, t) => {
      const from = t * step - pad + tap;
      return from < size[0] ? from : -1;
    });
    return inverseMap(map, size[0]);
  });
}
