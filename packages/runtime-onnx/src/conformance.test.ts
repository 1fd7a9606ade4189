/** @file Every operation and its awkward shapes on both packages, held against the reference interpreter. */
import { sizeOf, type HostTensor, type WeightStore } from '@slowfast/core';
import { compareWithGolden, conformanceCases, interpret } from '@slowfast/core/testing';
import { onnxRuntime, type OnnxOptions } from './index.js';

/** Float32 against float64 arithmetic, relative to the largest value. */
const TOLERANCE = 2e-5;

const cases = conformanceCases().map((c) => [c.name, c] as const);

async function expectAgreement(
  { name, graph, weights, feeds }: (typeof cases)[number][1],
  options: OnnxOptions,
  reference: WeightStore = weights,
): Promise<void> {
  const runtime = onnxRuntime({ threads: 1, ...options });
  await using model = await runtime.compile({ name, graph }, weights);
  const actual = await model.run(feeds);
  const expected = await interpret(graph, reference, feeds);
  expect(Object.keys(actual)).toEqual(Object.keys(expected));
  for (const [output, { shape, data }] of Object.entries<HostTensor>(expected)) {
    expect(data.length).toBe(sizeOf(shape));
    const golden = { shape, value: Array.from(data, Number) };
    const agreement = compareWithGolden(actual[output]!, golden, TOLERANCE);
    expect({ output, ...agreement }).toMatchObject({ ok: true });
  }
}

test.each(cases)('onnxruntime-node: %s', async (_, c) => {
  await expectAgreement(c, { backend: 'node' });
});

test.each(cases)('onnxruntime-node, graph as it is: %s', async (_, c) => {
  await expectAgreement(c, { backend: 'node', optimize: false });
});

test.each(cases)('onnxruntime-web: %s', async (_, c) => {
  await expectAgreement(c, { backend: 'web' });
});

test.each(cases)('float16 weights compute as rounded weights do: %s', async (_, c) => {
  const options = { backend: 'node', optimize: false, precision: 'float16' } as const;
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
