/**
 * @file The gradient of every case of the conformance suite, in training mode, against central differences
 * of the reference interpreter in float64 (TF.js' cpu backend), and WebAssembly, or the backends that
 * SLOWFAST_TFJS_BACKENDS names, against cpu.
 */
import {
  memoryStore,
  requiredTensors,
  sizeOf,
  type Graph,
  type HostTensor,
  type Node,
  type Param,
  type Value,
} from '@slowfast/core';
import {
  conformanceCases,
  formulaClip,
  interpretFloat64,
  type ConformanceCase,
  type Float64Tensor,
} from '@slowfast/core/testing';
import * as tf from '@tensorflow/tfjs';
import { dropoutMask } from './dropout.js';
import type { TfjsBackendName } from '../backends/names.js';
import { trainingModel, type LossFunction } from './training-model.js';

const OTHER_BACKENDS = (process.env['SLOWFAST_TFJS_BACKENDS']?.split(',') ?? [
  'wasm',
]) as TfjsBackendName[];

/**
 * Largest error of a derivative, relative to the gradient's length, or to a tenth of the longest of the case:
 * some are exactly zero (a bias before a batch norm), which rounding of the others leaves uncertain.
 */
const DIFFERENCE_TOLERANCE = 2e-4;
/** Largest difference of two backends, relative to the largest element, or to a tenth of the longest gradient. */
const BACKEND_TOLERANCE = 5e-5;
const SEED = 3;
const STEP = 11;

type Gradients = ReadonlyMap<string, Float32Array>;
interface Problem {
  readonly graph: Graph;
  readonly tensors: ReadonlyMap<string, HostTensor<'float32'>>;
  readonly feeds: ConformanceCase['feeds'];
}

const cases = conformanceCases().map((c) => [c.name, c] as const);

test.each(cases)('%s', async (name, c) => {
  const problem = await problemOf(c);
  const onCpu = await gradientsOf(problem, 'cpu');
  const trained = [...problem.tensors.keys()].filter((name) => !name.includes('running_'));
  expect([...onCpu.keys()]).toEqual(trained);
  // Of whole networks each parameter is tried along one direction only, which takes all its elements in.
  const directions = name.startsWith('network: ') ? 1 : 4;
  expect(wrongDerivatives(problem, onCpu, directions)).toEqual([]);
  for (const backend of OTHER_BACKENDS) {
    const others = await gradientsOf(problem, backend);
    expect({ backend, wrong: disagreements(others, onCpu) }).toEqual({ backend, wrong: [] });
  }
});

/** The case with a parameter of zeros added to each input, so that inputs have gradients, too. */
async function problemOf({ graph, weights, feeds }: ConformanceCase): Promise<Problem> {
  const tensors = new Map<string, HostTensor<'float32'>>();
  for (const name of requiredTensors(graph).keys()) {
    tensors.set(name, (await weights.read(name)) as HostTensor<'float32'>);
  }
  const params = new Map<string, Param>(graph.params);
  const sums = new Map<string, Value>();
  const additions: Node[] = [];
  for (const [input, value] of Object.entries<Value>(graph.inputs)) {
    const isBoxes = graph.nodes.some((n) => n.op === 'roi_align' && n.inputs[1] === value);
    if (isBoxes) continue;
    const { shape } = feeds[input]!;
    const name = `offset.${input}`;
    const init = { kind: 'constant', value: 0 } as const;
    const expression = { kind: 'stored', name, shape, role: 'weight', init } as const;
    const param: Param = { name, type: { dtype: 'float32', shape }, role: 'weight', expression };
    params.set(name, param);
    tensors.set(name, { dtype: 'float32', shape, data: new Float32Array(sizeOf(shape)) });
    const output: Value = { name: `${input}.offset`, type: value.type };
    const attrs = { activation: 'identity' } as const;
    additions.push({ op: 'add', name: output.name, inputs: [value, param], output, attrs });
    sums.set(value.name, output);
  }
  const replaced = (value: Value): Value => sums.get(value.name) ?? value;
  const nodes = graph.nodes.map((n): Node => ({ ...n, inputs: n.inputs.map(replaced) }));
  return { graph: { ...graph, params, nodes: [...additions, ...nodes] }, tensors, feeds };
}

/** Weights of an output's elements in the loss. */
const lossWeights = (output: string, shape: readonly number[]): Float32Array =>
  formulaClip(shape, `loss.${output}`).data;

const loss: LossFunction<string> = (outputs) =>
  Object.entries(outputs)
    .map(([name, y]) => tf.sum(tf.mul(y, tf.tensor(lossWeights(name, y.shape), y.shape))))
    .reduce((sum, term) => tf.add(sum, term)) as tf.Scalar;

async function gradientsOf(
  { graph, tensors, feeds }: Problem,
  backend: TfjsBackendName,
): Promise<Gradients> {
  const store = memoryStore(tensors);
  const model = await trainingModel({ name: 'case', graph }, store, { backend, seed: SEED });
  const before = tf.memory().numTensors;
  const result = await model.lossAndGradients(feeds, loss, {
    step: STEP,
    updateStatistics: false,
  });
  const gradients = new Map<string, Float32Array>();
  for (const name of tensors.keys()) {
    const gradient = result.gradients.get(name);
    if (gradient) gradients.set(name, Float32Array.from(await gradient.data()));
  }
  result.dispose();
  expect(tf.memory().numTensors).toBe(before);
  model.dispose();
  return gradients;
}

function wrongDerivatives(
  problem: Problem,
  gradients: Gradients,
  directions: number,
): readonly object[] {
  const reference = withMasks(problem);
  const given = new Map<string, Float64Tensor>();
  for (const [name, { shape, data }] of reference.tensors) {
    given.set(name, { shape, data: Float64Array.from(data) });
  }
  for (const [name, feed] of Object.entries<HostTensor>(problem.feeds)) {
    given.set(name, { shape: feed.shape, data: Float64Array.from(feed.data as Float32Array) });
  }
  const lossAt = (name: string, direction: Float64Array, length: number): number => {
    const { shape, data } = given.get(name)!;
    const moved = { shape, data: data.map((value, i) => value + length * direction[i]!) };
    const outputs = interpretFloat64(reference.graph, new Map([...given, [name, moved]]), {
      batchStatistics: true,
    });
    let sum = 0;
    for (const [output, y] of Object.entries<Float64Tensor>(outputs)) {
      const weights = lossWeights(output, y.shape);
      y.data.forEach((value, i) => (sum += value * weights[i]!));
    }
    return sum;
  };
  const longest = longestOf(gradients);
  return [...gradients].flatMap(([name, gradient]) =>
    directionsOf(name, gradient)
      .slice(0, directions)
      .flatMap(([kind, direction]) => {
        const epsilon = 1e-6;
        const there = lossAt(name, direction, epsilon);
        const difference = (there - lossAt(name, direction, -epsilon)) / (2 * epsilon);
        const derivative = gradient.reduce((sum, g, i) => sum + g * direction[i]!, 0);
        const length = Math.max(1e-3, longest / 10, Math.hypot(...gradient));
        const error = Math.abs(derivative - difference) / length;
        return error <= DIFFERENCE_TOLERANCE ? [] : [{ name, kind, derivative, difference, error }];
      }),
  );
}

/** All elements at once with random signs, then the first, the last and the one of the largest gradient. */
function directionsOf(
  name: string,
  gradient: Float32Array,
): readonly (readonly [kind: string, direction: Float64Array])[] {
  const signs = Float64Array.from(formulaClip([gradient.length], `sign.${name}`).data, Math.sign);
  let largest = 0;
  gradient.forEach((g, i) => {
    if (Math.abs(g) > Math.abs(gradient[largest]!)) largest = i;
  });
  const single = (at: number) =>
    [`element ${at}`, new Float64Array(gradient.length).fill(1, at, at + 1)] as const;
  return [['all', signs], ...[0, largest, gradient.length - 1].map(single)];
}

/** Dropouts as products with their masks, which is what they do when training. */
function withMasks({ graph, tensors }: Problem): Pick<Problem, 'graph' | 'tensors'> {
  const masks = new Map(tensors);
  const params = new Map(graph.params);
  const nodes = graph.nodes.map((node): Node => {
    if (node.op !== 'dropout') return node;
    const [x] = node.inputs;
    const name = `${node.name}.mask`;
    const shape = x!.type.shape.map((dim) =>
      typeof dim === 'number' ? dim : BATCH_OF[x!.type.shape.length]!,
    );
    const key = { seed: SEED, step: STEP, layer: node.name };
    masks.set(name, {
      dtype: 'float32',
      shape,
      data: dropoutMask(sizeOf(shape), node.attrs.rate, key),
    });
    const mask: Value = { name, type: { dtype: 'float32', shape } };
    return { op: 'mul', name: node.name, inputs: [x!, mask], output: node.output, attrs: {} };
  });
  return { graph: { ...graph, params, nodes }, tensors: masks };
}

/** Clips in the suite's cases with dropout, by the rank of what is dropped. */
const BATCH_OF: Readonly<Record<number, number>> = { 2: 3, 5: 2 };

function longestOf(gradients: Gradients): number {
  return Math.max(...[...gradients.values()].map((gradient) => Math.hypot(...gradient)));
}

function disagreements(actual: Gradients, expected: Gradients): readonly object[] {
  const longest = longestOf(expected);
  return [...expected].flatMap(([name, gradient]) => {
    const other = actual.get(name)!;
    // A bias before a batch norm has a gradient of zero: what is left of it is rounding of its terms.
    const isNothing = Math.hypot(...gradient) < longest / 1000;
    const least = isNothing ? longest : longest / 10;
    const largest = gradient.reduce((most, g) => Math.max(most, Math.abs(g)), least);
    const worst = gradient.reduce((most, g, i) => Math.max(most, Math.abs(g - other[i]!)), 0);
    return worst <= BACKEND_TOLERANCE * largest ? [] : [{ name, worst, largest }];
  });
}
