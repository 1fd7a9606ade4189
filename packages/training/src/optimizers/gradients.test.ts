import { clippedGradients, gradientNorm, meanGradients } from './gradients.js';

const of = (...values: number[]) => new Map([['w', Float32Array.from(values)]]);

it('scales gradients down to the norm, and leaves smaller ones', () => {
  const norm = gradientNorm(of(3, 4));
  expect(norm).toBe(5);
  const values = clippedGradients(of(3, 4), norm, 1).get('w')!;
  expect(values[0]).toBeCloseTo(0.6, 6);
  expect(values[1]).toBeCloseTo(0.8, 6);
  const small = of(3, 4);
  expect(clippedGradients(small, 5, 6)).toBe(small);
});

it('averages the gradients of batches', () => {
  expect(meanGradients([of(1, 2), of(3, 6)])).toEqual(of(2, 4));
});
