/** @file What a model in training does besides gradients: statistics, freezing, dropout, weights, memory. */
import { GraphBuilder, memoryStore, type HostTensor, type RunnableModel } from '@slowfast/core';
import {
  formulaClip,
  formulaStore,
  interpretFloat64,
  type Float64Tensor,
} from '@slowfast/core/testing';
import * as tf from '@tensorflow/tfjs';
import { openTfjsBackend } from '../backends/open-backend.js';
import { crossEntropy } from './losses.js';
import { sgd } from './sgd.js';
import { trainingModel, type TrainingModel, type TrainingOptions } from './training-model.js';

const LABELS = [0, 2, 1];

/** Convolution, batch norm and ReLU twice, then a classifier with dropout. */
function network(): RunnableModel<'clip', 'logits'> {
  const g = GraphBuilder.empty('small');
  let x = g.input('clip', { dtype: 'float32', shape: ['N', 3, 4, 6, 6] });
  for (const stage of ['one', 'two']) {
    const scope = g.scope(stage);
    x = scope.relu(scope.batchNorm(scope.conv3d(x, { channels: 4, kernel: [3, 3, 3] })));
  }
  const head = g.scope('head');
  const logits = head.linear(head.dropout(head.mean(x, [2, 3, 4]), 0.5), 3);
  return { name: 'small', graph: g.build({ logits }) };
}

const model = network();
const shapes = [...model.graph.params.values()].map(
  ({ name, type }) => [name, type.shape as readonly number[]] as const,
);
const clips = { clip: formulaClip([3, 3, 4, 6, 6]) };

const opened: TrainingModel[] = [];
async function training(options: TrainingOptions = {}): Promise<TrainingModel<'clip', 'logits'>> {
  const made = await trainingModel(model, formulaStore(shapes), { backend: 'wasm', ...options });
  opened.push(made);
  return made;
}
afterEach(() => {
  for (const made of opened.splice(0)) made.dispose();
});

const loss = ({ logits }: Readonly<Record<'logits', tf.Tensor>>): tf.Scalar =>
  crossEntropy(logits, LABELS);

async function valuesOf(made: TrainingModel<'clip', 'logits'>): Promise<Map<string, number[]>> {
  const store = await made.weights();
  const values = new Map<string, number[]>();
  for (const name of store.names)
    values.set(name, Array.from((await store.read(name)).data, Number));
  return values;
}

/** The first norm's statistics of the batch, unbiased, from the reference interpreter in float64. */
async function firstStatistics(): Promise<{ mean: number[]; variance: number[] }> {
  const conv = model.graph.nodes[0]!;
  const given = new Map<string, Float64Tensor>();
  const store = formulaStore(shapes);
  for (const [name, shape] of shapes) {
    given.set(name, { shape, data: Float64Array.from((await store.read(name)).data, Number) });
  }
  const { shape, data } = clips.clip;
  given.set('clip', { shape, data: Float64Array.from(data) });
  const graph = { ...model.graph, nodes: [conv], outputs: { y: conv.output } };
  const { y } = interpretFloat64(graph, given);
  const [n, channels, ...sizes] = y.shape as [number, number, ...number[]];
  const area = sizes.reduce((a, b) => a * b);
  const count = n * area;
  const mean = new Array<number>(channels).fill(0);
  const variance = new Array<number>(channels).fill(0);
  const channelOf = (i: number): number => Math.floor(i / area) % channels;
  y.data.forEach((value, i) => (mean[channelOf(i)]! += value / count));
  y.data.forEach((value, i) => {
    variance[channelOf(i)]! += (value - mean[channelOf(i)]!) ** 2 / (count - 1);
  });
  return { mean, variance };
}

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  actual.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));
}

describe('batch norm', () => {
  it('averages means and unbiased variances with the momentum of PyTorch', async () => {
    const made = await training();
    const before = await valuesOf(made);
    (await made.lossAndGradients(clips, loss)).dispose();
    const after = await valuesOf(made);
    const { mean, variance } = await firstStatistics();
    const average = (name: string, newest: readonly number[]): void =>
      expectClose(
        after.get(name)!,
        before.get(name)!.map((old, c) => 0.9 * old + 0.1 * newest[c]!),
      );
    average('one.norm.running_mean', mean);
    average('one.norm.running_var', variance);
  });

  it('leaves the statistics alone on request', async () => {
    const made = await training();
    const before = await valuesOf(made);
    (await made.lossAndGradients(clips, loss, { updateStatistics: false })).dispose();
    expect(await valuesOf(made)).toEqual(before);
  });

  it('gives the statistics of a batch, which can be assigned', async () => {
    const made = await training();
    const statistics = await made.batchStatistics(clips);
    const { mean, variance } = await firstStatistics();
    expectClose(Array.from(statistics.get('one.norm.running_mean')!.data), mean);
    expectClose(Array.from(statistics.get('one.norm.running_var')!.data), variance);
    made.assign(statistics);
    expectClose((await valuesOf(made)).get('one.norm.running_mean')!, mean);
  });

  it.each([[true], [['one', 'two']]])('uses running statistics where frozen: %j', async (parts) => {
    const made = await training({ freezeBatchNorm: parts });
    const before = await valuesOf(made);
    const result = await made.lossAndGradients(clips, loss);
    expect(await valuesOf(made)).toEqual(before);
    expect(result.gradients.has('one.norm.weight')).toBe(true);
    result.dispose();
    expect(await made.batchStatistics(clips)).toEqual(new Map());
  });
});

describe('frozen parts', () => {
  it('have no gradients, and their batch norms stay', async () => {
    const made = await training({ frozen: ['one'] });
    const before = await valuesOf(made);
    const result = await made.lossAndGradients(clips, loss);
    expect([...result.gradients.keys()]).toEqual([
      'two.conv.weight',
      'two.norm.weight',
      'two.norm.bias',
      'head.linear.weight',
      'head.linear.bias',
    ]);
    result.dispose();
    const after = await valuesOf(made);
    expect(after.get('one.norm.running_mean')).toEqual(before.get('one.norm.running_mean'));
    expect(after.get('two.norm.running_mean')).not.toEqual(before.get('two.norm.running_mean'));
  });

  it('must exist', async () => {
    await expect(training({ frozen: ['on'] })).rejects.toThrow(
      "small: frozen: expected the name of a part that has parameters, received 'on'. " +
        'The nearest are one, two, head.',
    );
  });

  it('must not be all', async () => {
    const made = await training({ frozen: ['one', 'two', 'head'] });
    await expect(made.lossAndGradients(clips, loss)).rejects.toThrow(
      'small: frozen: expected at least one parameter that is trained, received none.',
    );
  });
});

it('tells what is regularised from batch norm', async () => {
  const made = await training();
  const regularised = made.parameters.filter((p) => p.regularised).map(({ name }) => name);
  expect(regularised).toEqual([
    'one.conv.weight',
    'two.conv.weight',
    'head.linear.weight',
    'head.linear.bias',
  ]);
});

describe('dropout', () => {
  const lossOf = async (seed: number, step: number, backend: 'wasm' | 'cpu' = 'wasm') => {
    const made = await training({ seed, backend });
    const result = await made.lossAndGradients(clips, loss, { step });
    result.dispose();
    return result.loss;
  };

  it('depends on seed and step alone', async () => {
    const first = await lossOf(1, 5);
    expect(await lossOf(1, 5)).toBe(first);
    expect(await lossOf(1, 5, 'cpu')).toBeCloseTo(first, 5);
    expect(await lossOf(1, 6)).not.toBe(first);
    expect(await lossOf(2, 5)).not.toBe(first);
  });

  it('counts steps by itself', async () => {
    const made = await training({ seed: 1 });
    const options = { updateStatistics: false };
    (await made.lossAndGradients(clips, loss, { ...options, step: 4 })).dispose();
    const next = await made.lossAndGradients(clips, loss, options);
    next.dispose();
    expect(next.loss).toBe(await lossOf(1, 5));
  });
});

it('tests as the graph says: running statistics, no dropout', async () => {
  const made = await training();
  const { logits } = await made.run(clips);
  const given = new Map<string, Float64Tensor>();
  const store = formulaStore(shapes);
  for (const [name, shape] of shapes) {
    given.set(name, { shape, data: Float64Array.from((await store.read(name)).data, Number) });
  }
  given.set('clip', { shape: clips.clip.shape, data: Float64Array.from(clips.clip.data) });
  const expected = interpretFloat64(model.graph, given).logits;
  expect(logits.shape).toEqual(expected.shape);
  expectClose(Array.from(logits.data as Float32Array), Array.from(expected.data));
});

it('gives and takes weights without loss, and learns', async () => {
  const made = await training({ seed: 7 });
  const optimizer = sgd(made.parameters, { momentum: 0.9, weightDecay: 1e-4 });
  const losses: number[] = [];
  for (let step = 0; step < 12; step++) {
    const result = await made.lossAndGradients(clips, loss);
    losses.push(result.loss);
    optimizer.step(result.gradients, 0.05);
    result.dispose();
  }
  expect(losses.at(-1)!).toBeLessThan(0.75 * losses[0]!);
  const store = await made.weights({ preprocessing: 'test' });
  expect(store.metadata).toEqual({ preprocessing: 'test' });
  const again = await trainingModel(model, store, { backend: 'wasm', seed: 7 });
  opened.push(again);
  expect(await again.run(clips)).toEqual(await made.run(clips));
  optimizer.dispose();
});

it('leaks nothing, whatever happens', async () => {
  await openTfjsBackend({ backend: 'wasm' });
  const before = tf.memory().numTensors;
  const made = await trainingModel(model, formulaStore(shapes), { backend: 'wasm' });
  const variables = tf.memory().numTensors;
  expect(variables).toBe(before + shapes.length);
  const optimizer = sgd(made.parameters, { momentum: 0.9, nesterov: true });
  const result = await made.lossAndGradients(clips, loss);
  optimizer.step(result.gradients, 0.1);
  result.dispose();
  await made.run(clips);
  await made.batchStatistics(clips);
  await made.weights();
  const failing = made.lossAndGradients(clips, () => {
    throw new Error('no loss');
  });
  await expect(failing).rejects.toThrow('no loss');
  optimizer.dispose();
  expect(tf.memory().numTensors).toBe(variables);
  made.dispose();
  made.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

describe('errors', () => {
  it('name the feed that does not fit', async () => {
    const made = await training();
    const short: HostTensor = formulaClip([3, 3, 2, 6, 6]);
    await expect(made.lossAndGradients({ clip: short }, loss)).rejects.toThrow(
      'small: feed clip: expected float32 [N, 3, 4, 6, 6], received float32 [3, 3, 2, 6, 6] of 648 elements.',
    );
  });

  it('name what cannot be assigned', async () => {
    const made = await training();
    const tensor = formulaClip([4]);
    expect(() => made.assign([['other', tensor]])).toThrow(
      "small: assign: expected one of its 12 parameters, received 'other'.",
    );
    expect(() => made.assign([['head.linear.bias', tensor]])).toThrow(
      'head.linear.bias: expected float32 [3], received float32 [4].',
    );
  });

  it('say that weights are missing', async () => {
    await expect(trainingModel(model, memoryStore([]), { backend: 'wasm' })).rejects.toThrow(
      'small: expected the 12 tensors of the model, received 12 missing',
    );
  });

  it('say that the model was disposed', async () => {
    const made = await training();
    made.dispose();
    await expect(made.run(clips)).rejects.toThrow(
      'small: expected a model that is open, received one that was disposed. Make it again, or dispose it later.',
    );
  });
});
