/** @file Dropout whose mask depends on a seed, a step and a layer's name alone: the same on every backend. */
import * as tf from '@tensorflow/tfjs';
import { logicalShape, toPhysical } from './layout.js';

/** What a mask depends on. */
export interface DropoutKey {
  readonly seed: number;
  readonly step: number;
  /** Name of the layer. */
  readonly layer: string;
}

/** A mask of `size` elements: 0 with probability `rate`, else 1 / (1 − rate). */
export function dropoutMask(size: number, rate: number, key: DropoutKey): Float32Array {
  const kept = 1 / (1 - rate);
  const start = mixed(mixed(key.seed, key.step), hashOf(key.layer));
  return Float32Array.from({ length: size }, (_, i) =>
    mixed(start, i) / 2 ** 32 < rate ? 0 : kept,
  );
}

/**
 * `x · mask`, with the mask's elements in the graph's order; elements keep their expected value, as in
 * PyTorch.
 */
export function dropout(x: tf.Tensor, rate: number, key: DropoutKey): tf.Tensor {
  if (rate === 0) return x;
  const mask = tf.tensor(dropoutMask(x.size, rate, key), logicalShape(x.shape));
  return tf.mul(x, toPhysical(mask));
}

/** 32 well-mixed bits of two numbers (the finaliser of MurmurHash3 over a Weyl sequence). */
function mixed(state: number, index: number): number {
  let h = (state + Math.imul(index + 1, 0x9e3779b9)) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function hashOf(text: string): number {
  let hash = 0;
  for (const character of text) hash = mixed(hash, character.codePointAt(0)!);
  return hash;
}
