/** @file Every operation and its awkward shapes on both packages, held against the reference interpreter. */
import {
  prepareForInference,
  sizeOf,
  type Graph,
  type HostTensor,
  type WeightStore,
} from '@slowfast/core';
import {
  compareWithGolden,
  conformanceCases,
  interpret,
  trainingCases,
} from '@slowfast/core/testing';
import {
  loadOnnx,
  onnxBytes,
  onnxRuntime,
  type FrameBlocks,
  type LayerLowering,
  type LoweringPlan,
  type OnnxOptions,
} from './index.js';
import { canTake, isWindow, type WindowNode } from './lowering/plan.js';

/** Float32 against float64 arithmetic, relative to the largest value. */
const TOLERANCE = 2e-5;

/** Gradients divide by deviations, which may be small. */
const GRADIENT_TOLERANCE = 1e-4;

/** Of a gradient that vanishes, as a bias' before a batch norm, nothing is left to compare with but the others. */
function toleranceOf(output: string, tensor: HostTensor, most: number): number {
  if (!output.startsWith('gradient.')) return TOLERANCE;
  const vanishes = largest(tensor) < 1e-6 * most;
  return vanishes ? GRADIENT_TOLERANCE * Math.max(1, most) : GRADIENT_TOLERANCE;
}

const largest = ({ data }: HostTensor): number =>
  Array.from(data as Float32Array).reduce((most, value) => Math.max(most, Math.abs(value)), 1e-30);

const cases = conformanceCases().map((c) => [c.name, c] as const);

type Interpreted = ReturnType<typeof interpret>;
const references = new WeakMap<Graph, Interpreted>();

/** What the interpreter says, which one that computes the same graph otherwise is held against, too. */
function referenceOf({
  graph,
  weights,
  feeds,
}: Pick<(typeof cases)[number][1], 'graph' | 'weights' | 'feeds'>): Interpreted {
  const reference = references.get(graph) ?? interpret(graph, weights, feeds);
  references.set(graph, reference);
  return reference;
}

async function expectAgreement(
  { name, graph, weights, feeds }: (typeof cases)[number][1],
  options: OnnxOptions,
  reference: WeightStore = weights,
): Promise<void> {
  const runtime = onnxRuntime({ threads: 1, ...options });
  await using model = await runtime.compile({ name, graph }, weights);
  const actual = await model.run(feeds);
  const expected = await (reference === weights
    ? referenceOf({ graph, weights, feeds })
    : interpret(graph, reference, feeds));
  expect(Object.keys(actual)).toEqual(Object.keys(expected));
  const most = Math.max(...Object.values<HostTensor>(expected).map(largest));
  for (const [output, tensor] of Object.entries<HostTensor>(expected)) {
    const { shape, data } = tensor;
    expect(data.length).toBe(sizeOf(shape));
    const golden = { shape, value: Array.from(data, Number) };
    const agreement = compareWithGolden(actual[output]!, golden, toleranceOf(output, tensor, most));
    expect({ output, ...agreement }).toMatchObject({ ok: true });
  }
}

test.each(cases)('onnxruntime-node, as it is by default: %s', async (_, c) => {
  await expectAgreement(c, { backend: 'node' });
});

const training = trainingCases().map((c) => [c.name, c] as const);

test.each(training)('onnxruntime-node, gradients: %s', async (_, c) => {
  await expectAgreement(c, { backend: 'node' });
});

test.each(training)('onnxruntime-web, gradients: %s', async (_, c) => {
  await expectAgreement(c, { backend: 'web' });
});

test.each(cases)('onnxruntime-node, graph as it is: %s', async (_, c) => {
  await expectAgreement(c, { backend: 'node', optimize: false, lowering: 'none' });
});

describe.each<FrameBlocks>([
  { outputs: 1, inputs: 1 },
  { outputs: 2, inputs: 1 },
  { outputs: 2, inputs: 2 },
  { outputs: 4, inputs: 2 },
  { outputs: 1, inputs: 3 },
  { outputs: 3, inputs: 64 },
])('onnxruntime-node, $outputs output frames from $inputs', (blocks) => {
  test.each(cases)('%s', async (_, c) => {
    const lowering = planWith(prepareForInference(c.graph), blocks);
    await expectAgreement(c, { backend: 'node', lowering });
  });
});

/** Every layer in these blocks where it can be, frame by frame where it cannot, else plain. */
function planWith(graph: Graph, blocks: FrameBlocks): LoweringPlan {
  const taken = (node: WindowNode): LayerLowering =>
    [blocks, { outputs: 1, inputs: 1 }].find((layer) => canTake(node, layer)) ?? 'plain';
  return new Map(graph.nodes.filter(isWindow).map((node) => [node.name, taken(node)]));
}

/** Ten bits of mantissa, in every value and every sum of a few hundred products. */
const HALF_TOLERANCE = 5e-3;

test.each(cases)('float16 arithmetic: %s', async (_, { name, graph, weights, feeds }) => {
  const bytes = await onnxBytes({ name, graph }, weights, { precision: 'half' });
  await using model = await loadOnnx(bytes, { backend: 'node', threads: 1 });
  const actual = await model.run(feeds);
  const expected = await referenceOf({ graph, weights, feeds });
  for (const [output, tensor] of Object.entries<HostTensor>(expected)) {
    const golden = { shape: tensor.shape, value: Array.from(tensor.data, Number) };
    const agreement = compareWithGolden(actual[output]!, golden, HALF_TOLERANCE);
    expect({ output, ...agreement }).toMatchObject({ ok: true });
  }
});

test.each(cases)('float16 weights, frame by frame: %s', async (_, c) => {
  const options = { optimize: false, precision: 'float16', lowering: 'auto' } as const;
  await expectAgreement(c, { backend: 'node', ...options }, roundedStore(c.weights));
});

test.each(cases)('onnxruntime-web: %s', async (_, c) => {
  await expectAgreement(c, { backend: 'web' });
});

test.each(cases)('float16 weights compute as rounded weights do: %s', async (_, c) => {
  const options = {
    backend: 'node',
    optimize: false,
    precision: 'float16',
    lowering: 'none',
  } as const;
  await expectAgreement(c, options, roundedStore(c.weights));
});

/** The store with kernels and matrices rounded to 11 significant bits, which is what float16 keeps. */
function roundedStore(store: WeightStore): WeightStore {
  return {
    ...store,
    read: async (name) => {
      const tensor = await store.read(name);
      if (tensor.dtype !== 'float32' || tensor.shape.length < 2) return tensor;
      return { ...tensor, data: tensor.data.map(roundToHalf) };
    },
  };
}

function roundToHalf(value: number): number {
  // Adding and taking away a number whose last bit is worth as much as float16's rounds to it, ties to even.
  const exponent = Math.max(-14, Math.floor(Math.log2(Math.abs(value) || 1)));
  const magic = 2 ** (exponent - 10 + 52);
  return value < 0 ? value - magic + magic : value + magic - magic;
}
