/** @file Random numbers of the beta distribution. */

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
