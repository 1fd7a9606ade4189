/** @file Numbers as 8-bit codes: scales, zero points, rounding. */
import type { ValueRange } from './calibration.js';

/** Activations are `scale · (code - zeroPoint)`, codes 0 to 255. */
export interface ActivationCode {
  readonly scale: number;
  readonly zeroPoint: number;
}

/** The largest code of a weight; -128 is not used, so that codes are symmetric. */
export const LARGEST_WEIGHT_CODE = 127;
/** The largest code of an activation. */
export const LARGEST_ACTIVATION_CODE = 255;
/** Half of what int32 holds: room for the products that are added to a bias. */
const LARGEST_BIAS_CODE = 2 ** 30;
/** Scales are no smaller, so that their products and quotients stay numbers of float32. */
const SMALLEST_SCALE = 2 ** -50;

/** The code that covers a range and zero, which padding needs; a range of nothing but zero has scale 1. */
export function activationCode([low, high]: ValueRange): ActivationCode {
  const [from, to] = [Math.min(0, low), Math.max(0, high)];
  if (from === to) return { scale: 1, zeroPoint: 0 };
  const scale = Math.fround(Math.max((to - from) / LARGEST_ACTIVATION_CODE, SMALLEST_SCALE));
  return { scale, zeroPoint: clamp(Math.round(-from / scale), 0, LARGEST_ACTIVATION_CODE) };
}

/** A convolution's weight and bias before coding; the weight's first axis is the output channels. */
export interface FloatLayer {
  readonly weight: Float32Array;
  readonly bias: Float32Array | undefined;
  readonly channels: number;
  /** Scale of the input's code. */
  readonly inputScale: number;
}

/**
 * One scale a channel, |w|max / 127. It is larger only where the bias, whose scale is this times the input's, would
 * not fit: in channels whose weights are next to nothing.
 */
export function weightScales({ weight, bias, channels, inputScale }: FloatLayer): Float32Array {
  const length = weight.length / channels;
  const scales = new Float32Array(channels);
  for (let o = 0; o < channels; o++) {
    let largest = 0;
    for (let i = o * length; i < (o + 1) * length; i++)
      largest = Math.max(largest, Math.abs(weight[i]!));
    const forBias = bias ? Math.abs(bias[o]!) / inputScale / LARGEST_BIAS_CODE : 0;
    scales[o] = Math.max(largest / LARGEST_WEIGHT_CODE, forBias, SMALLEST_SCALE);
  }
  return scales;
}

/** The codes of a weight. */
export function weightCodes(layer: FloatLayer): Int8Array {
  const { weight, channels } = layer;
  const scales = weightScales(layer);
  const length = weight.length / channels;
  const codes = new Int8Array(weight.length);
  for (let o = 0; o < channels; o++) {
    const scale = scales[o]!;
    for (let i = o * length; i < (o + 1) * length; i++) {
      codes[i] = clamp(Math.round(weight[i]! / scale), -LARGEST_WEIGHT_CODE, LARGEST_WEIGHT_CODE);
    }
  }
  return codes;
}

/** Scales of the bias: what a product of codes is worth. */
export function biasScales(layer: FloatLayer): Float32Array {
  return weightScales(layer).map((scale) => scale * layer.inputScale);
}

/** The codes of the bias; zeros where there is none. */
export function biasCodes(layer: FloatLayer): Int32Array {
  const { bias, channels } = layer;
  const scales = biasScales(layer);
  return Int32Array.from({ length: channels }, (_, o) => Math.round((bias?.[o] ?? 0) / scales[o]!));
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
