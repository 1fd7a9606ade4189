/**
 * @file Fractions without rounding. PyTorchVideo reckons in Python's fractions, and whether a frame is in a clip
 * hangs on the last digit: its seconds become time stamps by rounding up. Needs no Node API.
 */

/** A fraction of whole numbers; the denominator is positive. */
export interface Exact {
  readonly num: bigint;
  readonly den: bigint;
}

/** The fraction that a floating-point number is; throws RangeError for one that is not finite. */
export function exactly(value: number): Exact {
  let den = 1n;
  let scaled = value;
  // Doubling loses nothing, and after at most 1074 times every number is whole.
  for (; Number.isFinite(scaled) && !Number.isInteger(scaled); scaled *= 2) den *= 2n;
  return { num: BigInt(scaled), den };
}

/** a + b. */
export const plus = (a: Exact, b: Exact): Exact => ({
  num: a.num * b.den + b.num * a.den,
  den: a.den * b.den,
});

/** a − b, or 0 if that is negative. */
export function room(a: Exact, b: Exact): Exact {
  const num = a.num * b.den - b.num * a.den;
  return { num: num > 0n ? num : 0n, den: a.den * b.den };
}

/** a · num / den. */
export const times = (a: Exact, num: number, den: number): Exact => ({
  num: a.num * BigInt(num),
  den: a.den * BigInt(den),
});

/** The nearest floating-point number, or one beside it. */
export const approximately = ({ num, den }: Exact): number => {
  const whole = num / den;
  return Number(whole) + Number(num - whole * den) / Number(den);
};

/** The least whole number that is not below a fraction of 0 or more. */
export const ceiling = ({ num, den }: Exact): number => Number((num + den - 1n) / den);

/** The nearest whole number, halves away from zero. */
export function nearest({ num, den }: Exact): number {
  const size = (2n * (num < 0n ? -num : num) + den) / (2n * den);
  return Number(num < 0n ? -size : size);
}
