/** @file Random numbers that depend on a seed and a place alone, so that a run can go on anywhere. */

/** Uniform numbers in [0, 1) for a key of whole numbers: the same key, the same numbers, on every machine. */
export function keyedRandom(...key: readonly number[]): () => number {
  let state = key.reduce((hash, part) => mixed(hash ^ mixed(part)), 0x51ed270b);
  return () => {
    state = (state + 0x9e3779b9) | 0;
    return mixed(state) / 2 ** 32;
  };
}

/** 32 well-mixed bits (the finaliser of MurmurHash3). */
function mixed(value: number): number {
  let h = (value + 0x6d2b79f5) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** A sample of the beta distribution with both parameters `alpha`, from two of the gamma distribution. */
export function betaSample(alpha: number, next: () => number): number {
  const [a, b] = [gammaSample(alpha, next), gammaSample(alpha, next)];
  return a + b > 0 ? a / (a + b) : Number(next() < 0.5);
}

/** Marsaglia and Tsang 2000; for shapes below 1 by their own lift from shape + 1. */
function gammaSample(shape: number, next: () => number): number {
  if (shape < 1) return gammaSample(shape + 1, next) * (1 - next()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const normal = Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
    const v = (1 + c * normal) ** 3;
    if (v > 0 && Math.log(1 - next()) < normal ** 2 / 2 + d - d * v + d * Math.log(v)) return d * v;
  }
}
