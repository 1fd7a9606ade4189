/** @file A window over H and W and what it slides over. */
import type { OnnxAttribute } from '../../proto/model.js';
import type { OnnxEmitter } from '../emitter.js';

/** Along H and W. */
export type Pair = readonly [h: number, w: number];

/** A window over H and W; of groups where it is a convolution. */
export interface Window2d {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly padding: Pair;
  readonly dilation: Pair;
  readonly groups: number;
}

/** The sizes of a convolution, of which the number of planes is left open. */
export interface Sizes2d {
  readonly channels: number;
  readonly filters: number;
  readonly input: Pair;
  readonly output: Pair;
}

/** The attributes of a window. */
export function windowAttributes({
  kernel,
  stride,
  padding,
  dilation,
  groups,
}: Window2d): Record<string, OnnxAttribute> {
  return {
    kernel_shape: { ints: kernel },
    strides: { ints: stride },
    pads: { ints: [...padding, ...padding] },
    dilations: { ints: dilation },
    group: { int: groups },
  };
}

/** Zeros around planes; itself where there are none. */
export function pad2d(
  onnx: OnnxEmitter,
  name: string,
  x: string,
  before: Pair,
  after: Pair,
): string {
  const pads = [0, 0, ...before, 0, 0, ...after];
  return pads.every((size) => size === 0) ? x : onnx.emit('Pad', name, [x, onnx.integers(pads)]);
}
