import { GraphBuilder, float32Tensor, memoryStore } from '@slowfast/core';
import { trainingModel, type TrainingModel } from '@slowfast/runtime-tfjs';
import * as tf from '@tensorflow/tfjs';
import { adamW, type AdamWOptions } from './adamw.js';

/** One convolution weight, which is regularised, and the scale of a batch norm, which is not. */
async function tinyModel(): Promise<TrainingModel<'clip', 'scores'>> {
  const g = GraphBuilder.empty('tiny');
  const clip = g.input('clip', { dtype: 'float32', shape: ['N', 1, 1, 1, 1] });
  const x = g.batchNorm(g.conv3d(clip, { channels: 1, kernel: [1, 1, 1] }));
  const graph = g.build({ scores: g.mean(x, [2, 3, 4]) });
  const one = (value: number) => float32Tensor([1], Float32Array.of(value));
  const names = [...graph.params.keys()];
  const find = (end: string): string => names.find((name) => name.endsWith(end))!;
  const weights = memoryStore([
    [find('conv.weight'), float32Tensor([1, 1, 1, 1, 1], Float32Array.of(2))],
    [find('norm.weight'), one(3)],
    [find('norm.bias'), one(0)],
    [find('running_mean'), one(0)],
    [find('running_var'), one(1)],
  ]);
  return trainingModel({ name: 'tiny', graph }, weights, { backend: 'cpu' });
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

async function valueOf(model: TrainingModel<'clip', 'scores'>, end: string): Promise<number> {
  return (await model.parameters.find(({ name }) => name.endsWith(end))!.variable.data())[0]!;
}

function gradients(model: TrainingModel<'clip', 'scores'>, value: number) {
  return new Map(
    model.parameters
      .filter(({ trainable }) => trainable)
      .map(({ name, shape }) => [name, tf.fill([...shape], value)] as const),
  );
}

describe('adamW', () => {
  it('follows its formulas; weight decay spares batch norm', async () => {
    const model = await tinyModel();
    const optimizer = adamW(model.parameters, { weightDecay: 0.1 });
    for (const value of GRADIENTS) optimizer.step(gradients(model, value), 0.01);
    expect(await valueOf(model, 'conv.weight')).toBeCloseTo(byHand(2, 0.1, 0.01), 5);
    expect(await valueOf(model, 'norm.weight')).toBeCloseTo(byHand(3, 0, 0.01), 5);
  });

  it('goes on from a state exactly as it would have', async () => {
    const [whole, parted] = [await tinyModel(), await tinyModel()];
    const first = adamW(whole.parameters);
    for (const value of GRADIENTS) first.step(gradients(whole, value), 0.01);
    const before = adamW(parted.parameters);
    for (const value of GRADIENTS.slice(0, 2)) before.step(gradients(parted, value), 0.01);
    const after = adamW(parted.parameters);
    after.restore(await before.state());
    for (const value of GRADIENTS.slice(2)) after.step(gradients(parted, value), 0.01);
    expect(await valueOf(parted, 'conv.weight')).toBe(await valueOf(whole, 'conv.weight'));
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
