/** @file What is dropped depends on a seed, a step and a layer's name alone, on every runtime. */
import { keyedRandom } from '@slowfast/core';
import type { DropPathway } from './training-options.js';

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
  const next = randomOf(key);
  const mask = new Float32Array(size);
  for (let i = 0; i < size; i++) if (next() >= rate) mask[i] = scale;
  return mask;
}

/** Whether a pathway is dropped in a step. */
export const dropsPathway = ({ rate }: DropPathway, seed: number, step: number): boolean =>
  randomOf({ seed, step, layer: 'drop_pathway' })() < rate;

const randomOf = ({ seed, step, layer }: DropoutKey): (() => number) =>
  keyedRandom(seed, step, ...Array.from(layer, (c) => c.codePointAt(0)!));
