/** @file Rounding to float16 (IEEE 754 binary16). */
import { WeightError } from '@slowfast/core';

/** The largest float16. */
const LARGEST = 65504;

const FLOAT = new Float32Array(1);
const BITS = new Uint32Array(FLOAT.buffer);

/**
 * The nearest float16 of each element, ties to even, as bits; `site` is whose elements they are. Throws
 * {@link WeightError} for a number beyond float16's range.
 */
export function toFloat16(data: Float32Array, site: string): Uint16Array {
  const halves = new Uint16Array(data.length);
  for (let i = 0; i < data.length; i++) {
    FLOAT[0] = data[i]!;
    const half = halfBits(BITS[0]!);
    if ((half & 0x7c00) === 0x7c00) throw tooLarge(site, data[i]!);
    halves[i] = half;
  }
  return halves;
}

function halfBits(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const exponent = ((bits >>> 23) & 0xff) - 127;
  const mantissa = bits & 0x7fffff;
  if (exponent > 15) return sign | 0x7c00;
  if (exponent >= -14) {
    // A carry out of the mantissa goes into the exponent, which is right: 2047.9 becomes 2048.
    return sign | (((exponent + 15) << 10) + roundShift(mantissa, 13));
  }
  // Below 2^-14 the leading one is written out and shifted; below 2^-25 nothing is left.
  return exponent < -25 ? sign : sign | roundShift(mantissa | 0x800000, -exponent - 1);
}

function roundShift(value: number, shift: number): number {
  const bits = value >>> shift;
  const rest = value & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return rest > half || (rest === half && (bits & 1) === 1) ? bits + 1 : bits;
}

const tooLarge = (site: string, value: number): WeightError =>
  new WeightError({
    site,
    expected: `numbers within ±${LARGEST} for precision 'float16'`,
    received: `${value}`,
    remedy: "Use precision 'float32'",
  });
