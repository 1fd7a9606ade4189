/** @file A convolution of planes and its two gradients, as processors are fast with them. */
import { sizeOf } from '@slowfast/core';
import type { OnnxEmitter } from '../emitter.js';
import {
  blockedConv2d,
  blockedWeightGradient2d,
  isFasterBlocked,
  type OperandsOfFrames,
  type ConvolutionSizes,
} from './blocked-conv2d.js';
import { pad2d, windowAttributes, type Pair, type Sizes2d, type Window2d } from './window2d.js';

/** `(x [B,C,H,W], weight [O,C/g,kH,kW]) → [B,O,H',W']`. */
export function conv2d(
  onnx: OnnxEmitter,
  name: string,
  inputs: readonly [x: string, weight: string],
  window: Window2d,
  sizes: ConvolutionSizes,
): string {
  if (isFasterBlocked(onnx, window, sizes)) return blockedConv2d(onnx, name, inputs, window, sizes);
  return onnx.emit('Conv', name, inputs, windowAttributes(window));
}

/**
 * `(dy [B,O,H',W'], weight [O,C/g,kH,kW]) → [B,C,H,W]`: at stride 1 a convolution with the weight turned round and its
 * channels exchanged, else ConvTranspose, which in two dimensions is bearable.
 */
export function inputGradient2d(
  onnx: OnnxEmitter,
  name: string,
  [dy, weight]: readonly [dy: string, weight: string],
  window: Window2d,
  { channels, filters, input, output }: Sizes2d,
): string {
  const { kernel, stride, padding, dilation, groups } = window;
  const reach = kernel.map((size, axis) => dilation[axis]! * (size - 1)) as [number, number];
  const isDense = stride.every((step) => step === 1);
  if (isDense && padding.every((size, axis) => size <= reach[axis]!)) {
    const turned = turnedWeight(onnx, name, weight, { channels, filters, kernel, groups });
    const pads = reach.map((size, axis) => size - padding[axis]!) as [number, number];
    const exchanged = { channels: filters, filters: channels, output: input };
    return conv2d(onnx, name, [dy, turned], { ...window, padding: pads }, exchanged);
  }
  const rest = input.map((size, axis) => {
    return size - ((output[axis]! - 1) * stride[axis]! - 2 * padding[axis]! + reach[axis]! + 1);
  });
  return onnx.emit('ConvTranspose', name, [dy, weight], {
    ...windowAttributes(window),
    output_padding: { ints: rest },
  });
}

/** `[O,C/g,kH,kW] → [C,O/g,kH,kW]`, taps in reverse. */
export function turnedWeight(
  onnx: OnnxEmitter,
  name: string,
  weight: string,
  sizes: Pick<Sizes2d, 'channels' | 'filters'> & Pick<Window2d, 'kernel' | 'groups'>,
): string {
  const { channels, filters, kernel, groups } = sizes;
  const taps = sizeOf(kernel);
  const reshaped = (x: string, part: string, shape: readonly number[]): string =>
    onnx.emit('Reshape', `${name}/${part}`, [x, onnx.integers(shape)]);
  let turned = reshaped(weight, 'groups', [groups, filters / groups, channels / groups, taps]);
  if (taps > 1) {
    // A product with a permutation takes a sixth of the time of gathering single elements.
    const reversal = Float32Array.from({ length: taps ** 2 }, (_, i) =>
      Math.floor(i / taps) + (i % taps) === taps - 1 ? 1 : 0,
    );
    const matrix = onnx.tensor('float32', [taps, taps], reversal);
    turned = onnx.emit('MatMul', `${name}/turned`, [turned, matrix]);
  }
  turned = onnx.emit('Transpose', `${name}/exchanged`, [turned], { perm: { ints: [0, 2, 1, 3] } });
  return reshaped(turned, 'weight', [channels, filters / groups, ...kernel]);
}

/** Channels up to which a weight gradient is a convolution with its operands exchanged: stems. */
const FEW_CHANNELS = 4;
/** Channels up to which all taps of a weight gradient make one product. */
const THIN_CHANNELS = 16;

/**
 * `(dy [B,O,H',W'], x [B,C,H,W]) → [O,C/g,kH,kW]`: a product of rows for each tap, on slices that are contiguous in
 * memory: padded once, space to depth for strides, rows joined, shifted. There are `frames` planes a clip.
 */
export function weightGradient2d(
  onnx: OnnxEmitter,
  name: string,
  operands: OperandsOfFrames,
  window: Window2d,
  sizes: Sizes2d,
  frames: number,
): string {
  const { kernel, stride, padding, groups } = window;
  const { channels, filters } = sizes;
  if (onnx.channelBlock && sizeOf(kernel) > 1 && groups === 1) {
    return blockedWeightGradient2d(onnx, name, operands, window, { ...sizes, frames });
  }
  const [dy, x] = operands(name);
  const shape = onnx.integers([filters, channels / groups, ...kernel]);
  if (sizeOf(kernel) > 1 && channels <= FEW_CHANNELS && groups === 1) {
    return exchangedConvolution(onnx, name, [dy, x], window, sizes);
  }
  if (sizeOf(kernel) === 1 && sizeOf(padding.map((size) => size + 1)) === 1) {
    const seen =
      sizeOf(stride) === 1
        ? x
        : onnx.emit('MaxPool', `${name}/taken`, [x], {
            kernel_shape: { ints: [1, 1] },
            strides: { ints: stride },
          });
    const positions = sizeOf(sizes.output);
    const gradient = rowProduct(
      onnx,
      `${name}/product`,
      rows(onnx, `${name}/dy rows`, dy, filters, positions),
      rows(onnx, `${name}/x rows`, seen, channels, positions),
      { filters, channels, positions, groups },
    );
    return onnx.emit('Reshape', name, [gradient, shape]);
  }
  const { dyRows, taps, positions } = slicedTaps(onnx, name, [dy, x], window, sizes);
  const count = taps.length;
  if (groups === 1 && channels <= THIN_CHANNELS) {
    const all = onnx.emit('Concat', `${name}/taps`, taps, { axis: { int: 1 } });
    const product = { filters, channels: count * channels, positions, groups };
    const gradient = rowProduct(onnx, `${name}/product`, dyRows, all, product);
    const apart = onnx.integers([filters, count, channels]);
    const split = onnx.emit('Reshape', `${name}/split`, [gradient, apart]);
    const last = onnx.emit('Transpose', `${name}/taps last`, [split], {
      perm: { ints: [0, 2, 1] },
    });
    return onnx.emit('Reshape', name, [last, shape]);
  }
  const products = taps.map((tap, i) => {
    const product = { filters, channels, positions, groups };
    const gradient = rowProduct(onnx, `${name}/tap${i}/product`, dyRows, tap, product);
    const single = onnx.integers([filters, channels / groups, 1]);
    return onnx.emit('Reshape', `${name}/tap${i}`, [gradient, single]);
  });
  const joined = onnx.emit('Concat', `${name}/taps`, products, { axis: { int: 2 } });
  return onnx.emit('Reshape', name, [joined, shape]);
}

/** `[B,C,H,W] → [B,C,H·W]`. */
const rows = (
  onnx: OnnxEmitter,
  name: string,
  x: string,
  channels: number,
  positions: number,
): string => onnx.emit('Reshape', name, [x, onnx.integers([-1, channels, positions])]);

/** `dy` as rows, and for each tap the rows of `x` that it meets. */
function slicedTaps(
  onnx: OnnxEmitter,
  name: string,
  [dy, x]: readonly [dy: string, x: string],
  { kernel, stride, padding, dilation }: Window2d,
  { channels, filters, input, output }: Sizes2d,
): { dyRows: string; taps: readonly string[]; positions: number } {
  const offsets = Array.from({ length: sizeOf(kernel) }, (_, tap) => {
    return [Math.floor(tap / kernel[1]) * dilation[0], (tap % kernel[1]) * dilation[1]] as const;
  });
  if (stride[0] !== stride[1]) {
    // No network has it: slices with steps, which are slow.
    const padded = pad2d(onnx, `${name}/padded`, x, padding, padding);
    const taps = offsets.map(([i, j], tap) => {
      const ends = [i + (output[0] - 1) * stride[0] + 1, j + (output[1] - 1) * stride[1] + 1];
      const ranges = [[i, j], ends, [2, 3], stride].map((part) => onnx.integers(part));
      const seen = onnx.emit('Slice', `${name}/slice${tap}`, [padded, ...ranges]);
      return rows(onnx, `${name}/rows${tap}`, seen, channels, sizeOf(output));
    });
    const positions = sizeOf(output);
    return { dyRows: rows(onnx, `${name}/dy rows`, dy, filters, positions), taps, positions };
  }
  const [step] = stride;
  const full = input.map((size, axis) => {
    return Math.ceil((size + 2 * padding[axis]!) / step) * step;
  }) as [number, number];
  const after = full.map((size, axis) => size - input[axis]! - padding[axis]!) as [number, number];
  let seen = pad2d(onnx, `${name}/padded`, x, padding, after);
  if (step > 1) {
    seen = onnx.emit('SpaceToDepth', `${name}/depth`, [seen], { blocksize: { int: step } });
  }
  const [height, width] = full.map((size) => size / step) as [number, number];
  const positions = (output[0] - 1) * width + output[1];
  const wide = pad2d(onnx, `${name}/dy padded`, dy, [0, 0], [0, width - output[1]]);
  const dyAll = rows(onnx, `${name}/dy all`, wide, filters, output[0] * width);
  const cut = (from: string, part: string, starts: readonly number[], ends: readonly number[]) => {
    const axes = starts.length === 1 ? [2] : [1, 2];
    const ranges = [starts, ends, axes].map((range) => onnx.integers(range));
    return onnx.emit('Slice', `${name}/${part}`, [from, ...ranges]);
  };
  const dyRows = positions === output[0] * width ? dyAll : cut(dyAll, 'dy rows', [0], [positions]);
  const flat = rows(onnx, `${name}/x rows`, seen, channels * step * step, height * width);
  const taps = offsets.map(([i, j], tap) => {
    const start = Math.floor(i / step) * width + Math.floor(j / step);
    if (step === 1) return cut(flat, `slice${tap}`, [start], [start + positions]);
    const channel = ((i % step) * step + (j % step)) * channels;
    const [starts, ends] = [
      [channel, start],
      [channel + channels, start + positions],
    ] as const;
    return cut(flat, `slice${tap}`, starts, ends);
  });
  return { dyRows, taps, positions };
}

interface ProductSizes {
  readonly filters: number;
  readonly channels: number;
  readonly positions: number;
  readonly groups: number;
}

/** `(dy [B,O,P], x [B,C,P]) → [O,C/g]`: the product over positions, summed over planes. */
function rowProduct(
  onnx: OnnxEmitter,
  name: string,
  dy: string,
  x: string,
  { filters, channels, positions, groups }: ProductSizes,
): string {
  const product = (a: string, b: string, as: string): string =>
    onnx.emitOwn('FusedMatMul', as, [a, b], { transB: { int: 1 } });
  if (groups > 1) {
    const grouped = (value: string, part: string, size: number): string =>
      onnx.emit('Reshape', `${name}/${part}`, [
        value,
        onnx.integers([-1, groups, size / groups, positions]),
      ]);
    const all = product(grouped(dy, 'dy', filters), grouped(x, 'x', channels), `${name}/planes`);
    return onnx.emit('ReduceSum', name, [all, onnx.integers([0])], { keepdims: { int: 0 } });
  }
  // Either the planes' products are summed, or the planes are joined first: what moves fewer elements.
  if (filters * channels <= 2 * positions * (filters + channels)) {
    const all = product(dy, x, `${name}/planes`);
    return onnx.emit('ReduceSum', name, [all, onnx.integers([0])], { keepdims: { int: 0 } });
  }
  const joined = (value: string, part: string, size: number): string => {
    const first = onnx.emit('Transpose', `${name}/${part} first`, [value], {
      perm: { ints: [1, 0, 2] },
    });
    return onnx.emit('Reshape', `${name}/${part}`, [first, onnx.integers([size, -1])]);
  };
  return product(joined(dy, 'dy', filters), joined(x, 'x', channels), name);
}

/**
 * Positions of a plane whose terms are added up in one go: a sum over all positions of all planes at once would lose
 * so many digits that training shows it.
 */
const POSITIONS_AT_ONCE = 32;

/** The convolution of `x [C,B,H,W]` with `dy [O,B,H',W']`, strip by strip: the good form for the few channels of stems. */
function exchangedConvolution(
  onnx: OnnxEmitter,
  name: string,
  [dy, x]: readonly [dy: string, x: string],
  { kernel, stride, padding, dilation }: Window2d,
  { input, output }: Sizes2d,
): string {
  const first = (value: string, part: string): string =>
    onnx.emit('Transpose', `${name}/${part}`, [value], { perm: { ints: [1, 0, 2, 3] } });
  // What the windows reach, and no more.
  const after = kernel.map((size, axis) => {
    const reach = (size - 1) * dilation[axis]! + (output[axis]! - 1) * stride[axis]! + 1;
    return reach - input[axis]! - padding[axis]!;
  }) as [number, number];
  const seen = pad2d(onnx, `${name}/padded`, first(x, 'x'), padding, after);
  const filters = first(dy, 'dy');
  const rowsAtOnce = Math.max(1, Math.floor(POSITIONS_AT_ONCE / output[1]));
  const strips = Array.from({ length: Math.ceil(output[0] / rowsAtOnce) }, (_, i) => {
    const [from, to] = [i * rowsAtOnce, Math.min(output[0], (i + 1) * rowsAtOnce)];
    const start = from * stride[0];
    const stop = (kernel[0] - 1) * dilation[0] + (to - 1) * stride[0] + 1;
    const rowsOf = (value: string, part: string, range: Pair): string => {
      const ranges = [[range[0]], [range[1]], [2]].map((ends) => onnx.integers(ends));
      return onnx.emit('Slice', `${name}/${part}${i}`, [value, ...ranges]);
    };
    const isWhole = to - from === output[0];
    const operands = isWhole
      ? [seen, filters]
      : [rowsOf(seen, 'rows', [start, stop]), rowsOf(filters, 'filter', [from, to])];
    return onnx.emit('Conv', `${name}/strip${i}`, operands, {
      kernel_shape: { ints: [to - from, output[1]] },
      strides: { ints: dilation },
      dilations: { ints: stride },
    });
  });
  const sum = strips.reduce((total, strip, i) =>
    onnx.emit('Add', `${name}/sum${i}`, [total, strip]),
  );
  return onnx.emit('Transpose', name, [sum], { perm: { ints: [1, 0, 2, 3] } });
}
