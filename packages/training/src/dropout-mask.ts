/** @file Masks of dropout that depend on a seed, a step and a layer's name alone, on every runtime. */
import { keyedRandom } from '@slowfast/core';

/** What a mask depends on. */
export interface DropoutKey {
  readonly seed: number;
  readonly step: number;
  /** Name of the layer. */
  readonly layer: string;
}

/** A mask of `size` elements: 0 with probability `rate`, else 1 / (1 − rate), so that means stay. */
export function dropoutMask(size: number, rate: number, key: DropoutKey): Float32Array {
  const scale = 1 / (1 - rate);
  const next = keyedRandom(key.seed, key.step, ...Array.from(key.layer, (c) => c.codePointAt(0)!));
  const mask = new Float32Array(size);
  for (let i = 0; i < size; i++) if (next() >= rate) mask[i] = scale;
  return mask;
}
