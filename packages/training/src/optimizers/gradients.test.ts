import * as tf from '@tensorflow/tfjs';
import { clippedGradients, gradientNorm, meanGradients } from './gradients.js';

beforeAll(() => tf.setBackend('cpu'));

const of = (...values: number[]) => new Map([['w', tf.tensor1d(values)]]);

it('scales gradients down to the norm, and leaves smaller ones', async () => {
  const norm = await gradientNorm(of(3, 4));
  expect(norm).toBe(5);
  const clipped = clippedGradients(of(3, 4), norm, 1);
  const values = Array.from(await clipped.get('w')!.data());
  expect(values[0]).toBeCloseTo(0.6, 6);
  expect(values[1]).toBeCloseTo(0.8, 6);
  const small = of(3, 4);
  expect(clippedGradients(small, 5, 6)).toBe(small);
});

it('averages the gradients of batches and keeps no others', async () => {
  const before = tf.memory().numTensors;
  const mean = meanGradients([of(1, 2), of(3, 6)]);
  expect(Array.from(await mean.get('w')!.data())).toEqual([2, 4]);
  expect(tf.memory().numTensors).toBe(before + 1);
});
