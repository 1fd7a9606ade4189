/** @file What a convolution over two axes is told. */
import type { ActivationFunction } from '@slowfast/core';
import type * as tf from '@tensorflow/tfjs';

/** Sizes along the two axes. */
export type Pair = readonly [number, number];

/** Padding before and after along an axis. */
export type Padding = readonly [before: number, after: number];

/** A window over two axes. */
export interface Window2d {
  readonly stride: Pair;
  readonly dilation: Pair;
  readonly padding: readonly [Padding, Padding];
}

/** What follows a convolution. */
export interface Epilogue {
  /** `[O]`. */
  readonly bias?: tf.Tensor | undefined;
  readonly activation?: ActivationFunction | undefined;
}

/** Padding of all four axes, as TF.js takes it. */
export type ExplicitPadding = [
  [number, number],
  [number, number],
  [number, number],
  [number, number],
];

/** TF.js' padding for a window over the middle two axes. */
export function explicitPadding([h, w]: readonly [Padding, Padding]): ExplicitPadding | 'valid' {
  if ([...h, ...w].every((size) => size === 0)) return 'valid';
  return [[0, 0], [...h], [...w], [0, 0]];
}
