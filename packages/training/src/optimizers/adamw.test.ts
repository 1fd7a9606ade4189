import { float32Tensor } from '@slowfast/core';
import type { TrainingParameter } from '../parameters.js';
import { adamW, type AdamWOptions } from './adamw.js';

/** A weight, which is regularised, and the scale of a batch norm, which is not. */
function parametersOf(): readonly [TrainingParameter, TrainingParameter] {
  const one = { shape: [1], trainable: true } as const;
  return [
    { ...one, name: 'conv.weight', role: 'weight', regularised: true, data: Float32Array.of(2) },
    {
      ...one,
      name: 'norm.weight',
      role: 'norm-scale',
      regularised: false,
      data: Float32Array.of(3),
    },
  ];
}

const GRADIENTS = [0.5, -1, 0.25, 2];

/** The update by its formulas, in float64. */
function byHand(start: number, decay: number, rate: number): number {
  let [w, m, v] = [start, 0, 0];
  GRADIENTS.forEach((g, i) => {
    w -= rate * decay * w;
    m = 0.9 * m + 0.1 * g;
    v = 0.999 * v + 0.001 * g * g;
    const mean = m / (1 - 0.9 ** (i + 1));
    const square = v / (1 - 0.999 ** (i + 1));
    w -= (rate * mean) / (Math.sqrt(square) + 1e-8);
  });
  return w;
}

const gradients = (value: number) =>
  new Map(['conv.weight', 'norm.weight'].map((name) => [name, Float32Array.of(value)]));

describe('adamW', () => {
  it('follows its formulas; weight decay spares batch norm', () => {
    const [weight, scale] = parametersOf();
    const optimizer = adamW([weight, scale], { weightDecay: 0.1 });
    for (const value of GRADIENTS) optimizer.step(gradients(value), 0.01);
    expect(weight.data[0]).toBeCloseTo(byHand(2, 0.1, 0.01), 5);
    expect(scale.data[0]).toBeCloseTo(byHand(3, 0, 0.01), 5);
  });

  it('scales the learning rate of a parameter', () => {
    const [weight, scale] = parametersOf();
    const optimizer = adamW([weight, scale], { weightDecay: 0 });
    const rateOf = (name: string): number => (name === 'norm.weight' ? 0 : 0.5);
    for (const value of GRADIENTS) optimizer.step(gradients(value), 0.01, rateOf);
    expect(weight.data[0]).toBeCloseTo(byHand(2, 0, 0.005), 5);
    expect(scale.data[0]).toBe(3);
  });

  it('goes on from a state exactly as it would have', () => {
    const [whole, parted] = [parametersOf(), parametersOf()];
    const first = adamW(whole);
    for (const value of GRADIENTS) first.step(gradients(value), 0.01);
    const before = adamW(parted);
    for (const value of GRADIENTS.slice(0, 2)) before.step(gradients(value), 0.01);
    const after = adamW(parted);
    after.restore(before.state());
    for (const value of GRADIENTS.slice(2)) after.step(gradients(value), 0.01);
    expect(parted.map(({ data }) => data[0])).toEqual(whole.map(({ data }) => data[0]));
  });

  it.each<[AdamWOptions, string]>([
    [{ betas: [0.9, 1] }, 'adamW.betas[1]: expected a number from 0 to below 1, received 1.'],
    [{ epsilon: 0 }, 'adamW.epsilon: expected a positive number, received 0.'],
    [{ weightDecay: -1 }, 'adamW.weightDecay: expected a number of at least 0, received -1.'],
  ])('refuses %j', (options, message) => {
    expect(() => adamW([], options)).toThrow(
      expect.objectContaining({ name: 'SpecError', message }),
    );
  });

  it('refuses a state of another model', () => {
    const state = [['first.other', float32Tensor([1], Float32Array.of(0))]] as const;
    expect(() => adamW([]).restore(state)).toThrow(
      "adamW: expected the name of a trained parameter, received 'first.other'.",
    );
  });
});
