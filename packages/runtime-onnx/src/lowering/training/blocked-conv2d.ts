/**
 * @file Convolutions of planes whose channels stand in blocks, `[B, C/block, H, W, block]`: ONNX Runtime's own operators,
 * which it otherwise uses for constant weights only. Blocks cost a copy each way; they pay where a plain convolution
 * has to gather its windows first.
 */
import { sizeOf } from '@slowfast/core';
import type { OnnxEmitter } from '../emitter.js';
import type { FrameMap } from './frames-of-planes.js';
import { pad2d, windowAttributes, type Pair, type Sizes2d, type Window2d } from './window2d.js';

/** What of the sizes of a convolution decides. */
export type ConvolutionSizes = Pick<Sizes2d, 'channels' | 'filters' | 'output'>;

/** Positions of a window from which blocks pay where there are few channels: stems. */
const LARGE_WINDOW = 25;
/** Channels and filters from which a window of several positions is faster with blocks. */
const MANY_CHANNELS = 48;
/** Channels and filters from which a window of one position is, where planes are small. */
const VERY_MANY_CHANNELS = 256;
/** Positions of a small plane: products of rows so short leave vectors unused. */
const SMALL_PLANE = 64;

/** Whether a convolution is faster with blocks of channels. */
export function isFasterBlocked(
  { channelBlock }: OnnxEmitter,
  { kernel, groups }: Window2d,
  { channels, filters, output }: ConvolutionSizes,
): boolean {
  if (!channelBlock || groups > 1) return false;
  if (channels < channelBlock) return sizeOf(kernel) >= LARGE_WINDOW && filters >= 8;
  if (channels % channelBlock !== 0) return false;
  const least = Math.min(channels, filters);
  if (sizeOf(kernel) > 1) return least >= MANY_CHANNELS;
  return least >= VERY_MANY_CHANNELS && sizeOf(output) <= SMALL_PLANE;
}

/** Channels that ONNX Runtime makes blocks of come in fours. */
const FOUR = 4;

const upTo = (multiple: number, size: number): number => Math.ceil(size / multiple) * multiple;

/** Whether the taps in time of a layer are faster in blocks, which are made once for all of them. */
export function areTapsFasterBlocked(
  { channelBlock }: OnnxEmitter,
  { kernel, stride, padding, groups }: Window2d,
  { channels, filters }: Pick<Sizes2d, 'channels' | 'filters'>,
): boolean {
  const isPoint = [...kernel, ...stride].every((size) => size === 1);
  const isPadded = padding.some((size) => size > 0);
  if (!channelBlock || groups > 1 || !isPoint || isPadded) return false;
  const isWhole = channels % channelBlock === 0 && filters % channelBlock === 0;
  return isWhole && Math.min(channels, filters) >= VERY_MANY_CHANNELS;
}

/** Planes of whole blocks of channels, in blocks. */
export const inBlocks = (onnx: OnnxEmitter, name: string, planes: string): string =>
  onnx.emitBlocked('ReorderInput', name, [planes]);

/** Blocks of channels as planes again, without those beyond `channels`. */
export const outOfBlocks = (
  onnx: OnnxEmitter,
  name: string,
  blocks: string,
  channels: number,
): string => onnx.emitBlocked('ReorderOutput', name, [blocks], { channels: { int: channels } });

/** As conv2d, of one group: `(x [B,C,H,W], weight [O,C,kH,kW]) → [B,O,H',W']`. */
export function blockedConv2d(
  onnx: OnnxEmitter,
  name: string,
  [x, weight]: readonly [x: string, weight: string],
  window: Window2d,
  sizes: ConvolutionSizes,
): string {
  // Fewer channels than a block stay as they are.
  const isFew = sizes.channels < onnx.channelBlock!;
  const input = isFew ? x : inBlocks(onnx, `${name}/x blocks`, x);
  const result = convolvedBlocks(onnx, name, [input, weight], window, sizes);
  return outOfBlocks(onnx, name, result, sizes.filters);
}

/** As blockedConv2d, from blocks to blocks; planes of fewer channels than a block are no blocks. */
export function convolvedBlocks(
  onnx: OnnxEmitter,
  name: string,
  [input, weight]: readonly [input: string, weight: string],
  window: Window2d,
  { channels, filters }: Pick<Sizes2d, 'channels' | 'filters'>,
): string {
  const block = onnx.channelBlock!;
  const isFew = channels < block;
  const inFours = upTo(FOUR, filters);
  const pads = [0, 0, 0, 0, inFours - filters, 0, 0, 0];
  const padded =
    inFours === filters
      ? weight
      : onnx.emit('Pad', `${name}/more filters`, [weight, onnx.integers(pads)]);
  const reshaped = (value: string, part: string, shape: readonly number[]): string =>
    onnx.emit('Reshape', `${name}/${part}`, [value, onnx.integers(shape)]);
  const taps = sizeOf(window.kernel);
  // Blocks of filters are made as those of channels are: by the operator that is quick with them.
  const flat = reshaped(padded, 'filters flat', [1, inFours, channels * taps, 1]);
  let filterBlocks = onnx.emitBlocked('ReorderInput', `${name}/filter blocks`, [flat]);
  if (!isFew) {
    const apart = [-1, channels / block, block, taps, block];
    filterBlocks = onnx.emit(
      'Transpose',
      `${name}/channels last`,
      [reshaped(filterBlocks, 'channels apart', apart)],
      { perm: { ints: [0, 1, 3, 2, 4] } },
    );
  }
  const shape = [upTo(block, filters), channels, ...window.kernel];
  const blocks = reshaped(filterBlocks, 'weight blocks', shape);
  return onnx.emitBlocked('Conv', `${name}/blocks`, [input, blocks], windowAttributes(window));
}

/** Positions of a plane whose terms are added up in one go: longer sums would lose digits. */
const POSITIONS_AT_ONCE = 300;
/** Numbers of a clip that one convolution takes: what a processor's cache holds of some clips. */
const NUMBERS_AT_ONCE = 2 ** 18;

/** `dy` and `x` of a weight gradient: of all frames, or of some, by their number. */
export type OperandsOfFrames = (
  name: string,
  frames?: FrameMap,
) => readonly [dy: string, x: string];

/** The convolution that gives a weight's gradient, `frames` planes a clip. */
interface Exchanged {
  readonly onnx: OnnxEmitter;
  readonly window: Window2d;
  readonly sizes: Sizes2d;
  readonly frames: number;
  /** Strips of a plane, and their rows. */
  readonly strips: number;
  readonly rows: number;
}

/**
 * As weightGradient2d, of one group, whose planes are `frames` a clip: convolutions of `x [C,B,H,W]` with
 * `dy [O,B,H',W']` as their weight, some frames each, which add to each other.
 */
export function blockedWeightGradient2d(
  onnx: OnnxEmitter,
  name: string,
  operandsOf: OperandsOfFrames,
  window: Window2d,
  { frames, ...sizes }: Sizes2d & { readonly frames: number },
): string {
  const { channels, filters, input, output } = sizes;
  const numbers = channels * sizeOf(input) + upTo(onnx.channelBlock!, filters) * sizeOf(output);
  const atOnce = Math.max(1, Math.floor(NUMBERS_AT_ONCE / numbers));
  const parts = Math.ceil(frames / atOnce);
  let sum: string | undefined;
  for (let part = 0; part < parts; part++) {
    const [from, to] = [part, part + 1].map((n) => Math.round((n * frames) / parts));
    const map = Array.from({ length: to! - from! }, (_, i) => from! + i);
    const as = parts === 1 ? name : `${name}/part${part}`;
    const operands = operandsOf(as, map);
    const strips = stripsOf(output, map.length, onnx.channelBlock!);
    const rows = Math.ceil(output[0] / strips);
    const exchanged = { onnx, window, sizes, frames: map.length, strips, rows };
    sum = addedPart(exchanged, as, operands, sum);
  }
  const plain = outOfBlocks(onnx, `${name}/exchanged`, sum!, filters);
  return exchangedAxes(onnx, name, plain);
}

/** Strips of a plane: so many that their sums are short, and that even one clip gives half a block of planes. */
function stripsOf([height, width]: Pair, frames: number, block: number): number {
  const rows = Math.max(1, Math.floor(POSITIONS_AT_ONCE / width));
  let strips = Math.ceil(height / rows);
  while ((frames * strips) % FOUR !== 0 || 2 * frames * strips < block) strips += 1;
  return strips;
}

/** The gradient `[C,O,kH,kW]` of some planes, in blocks, and what was there before. */
function addedPart(
  exchanged: Exchanged,
  name: string,
  [dy, x]: readonly [dy: string, x: string],
  before: string | undefined,
): string {
  const { onnx, window, sizes, rows } = exchanged;
  const input = onnx.emitBlocked('ReorderInput', `${name}/x blocks`, [
    stripsOfInput(exchanged, name, x),
  ]);
  const weight = stripsOfGradient(exchanged, name, dy);
  const operands = [input, weight, ...(before ? ['', before] : [])];
  return onnx.emitBlocked('Conv', `${name}/blocks`, operands, {
    kernel_shape: { ints: [rows, sizes.output[1]] },
    strides: { ints: window.dilation },
    dilations: { ints: window.stride },
  });
}

const exchangedAxes = (onnx: OnnxEmitter, name: string, value: string): string =>
  onnx.emit('Transpose', name, [value], { perm: { ints: [1, 0, 2, 3] } });

/** `[B,C,H,W] → [C,B·strips,rows,W]`, padded: strips of what the windows of as many rows of the output see. */
function stripsOfInput(
  { onnx, window, sizes, strips, rows }: Exchanged,
  name: string,
  x: string,
): string {
  const { kernel, stride, padding, dilation } = window;
  const { channels, input, output } = sizes;
  const reach = (positions: number, axis: 0 | 1): number =>
    (positions - 1) * stride[axis] + (kernel[axis] - 1) * dilation[axis] + 1;
  const [height, width] = [reach(rows, 0), reach(output[1], 1)];
  const after = [reach(rows * strips, 0) - input[0] - padding[0], width - input[1] - padding[1]];
  const padded = pad2d(
    onnx,
    `${name}/padded`,
    exchangedAxes(onnx, `${name}/x first`, x),
    padding,
    after as [number, number],
  );
  if (strips === 1) return padded;
  const taken = Array.from({ length: strips }, (_, strip) =>
    Array.from({ length: height }, (_, row) => strip * rows * stride[0] + row),
  ).flat();
  const all = onnx.emit('Gather', `${name}/strips`, [padded, onnx.integers(taken)], {
    axis: { int: 2 },
  });
  const shape = onnx.integers([channels, -1, height, width]);
  return onnx.emit('Reshape', `${name}/x strips`, [all, shape]);
}

/** `[B,O,H,W]` as a weight `[O,B·strips,rows,W]` in blocks of planes, and of these blocks of filters. */
function stripsOfGradient(
  { onnx, sizes, strips, rows }: Exchanged,
  name: string,
  dy: string,
): string {
  const { filters, output } = sizes;
  const [height, width] = output;
  const inFours = upTo(FOUR, filters);
  const reshaped = (value: string, part: string, shape: readonly number[]): string =>
    onnx.emit('Reshape', `${name}/${part}`, [value, onnx.integers(shape)]);
  const pads = [0, 0, 0, 0, 0, inFours - filters, rows * strips - height, 0];
  const isWhole = pads.every((size) => size === 0);
  const padded = isWhole ? dy : onnx.emit('Pad', `${name}/dy padded`, [dy, onnx.integers(pads)]);
  const first = exchangedAxes(onnx, `${name}/dy first`, padded);
  const planes = onnx.emitBlocked('ReorderInput', `${name}/dy blocks`, [
    reshaped(first, 'dy strips', [inFours, -1, rows, width]),
  ]);
  const filter = onnx.emitBlocked('ReorderInput', `${name}/filters`, [
    reshaped(planes, 'dy flat', [1, inFours, -1, 1]),
  ]);
  return reshaped(filter, 'filter', [upTo(onnx.channelBlock!, filters), -1, rows, width]);
}
