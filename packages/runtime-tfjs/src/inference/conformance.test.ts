/**
 * @file Every operation and its awkward shapes on WebAssembly and cpu, or the backends that
 * SLOWFAST_TFJS_BACKENDS names, held against the reference interpreter.
 */
import { sizeOf, type Graph, type HostTensor } from '@slowfast/core';
import {
  compareWithGolden,
  conformanceCases,
  interpret,
  trainingCases,
} from '@slowfast/core/testing';
import * as tf from '@tensorflow/tfjs';
import { openTfjsBackend, tfjsRuntime, type TfjsBackendName, type TfjsOptions } from '../index.js';

const BACKENDS = (process.env['SLOWFAST_TFJS_BACKENDS']?.split(',') ?? [
  'wasm',
  'cpu',
]) as TfjsBackendName[];

/** Float32 against float64 arithmetic, relative to the largest value. */
const TOLERANCE = 2e-5;

/** Gradients divide by deviations, which may be small. */
const GRADIENT_TOLERANCE = 1e-4;

const largest = (data: HostTensor['data']): number =>
  Array.from(data, Number).reduce((most, value) => Math.max(most, Math.abs(value)), 1e-30);

/** Of a gradient that vanishes, as a bias' before a batch norm, nothing is left to compare with but the others. */
function toleranceOf(output: string, data: HostTensor['data'], most: number): number {
  if (!output.startsWith('gradient.')) return TOLERANCE;
  const vanishes = largest(data) < 1e-6 * most;
  return vanishes ? GRADIENT_TOLERANCE * Math.max(1, most) : GRADIENT_TOLERANCE;
}

const training = trainingCases().map((c) => [c.name, c] as const);
const cases = conformanceCases().map((c) => [c.name, c] as const);

/** What the interpreter says, for every backend. */
const references = new WeakMap<Graph, Awaited<ReturnType<typeof interpret>>>();

async function expectAgreement(
  { name, graph, weights, feeds }: (typeof cases)[number][1],
  options: TfjsOptions,
): Promise<void> {
  await openTfjsBackend(options);
  const before = tf.memory().numTensors;
  const model = await tfjsRuntime(options).compile({ name, graph }, weights);
  // The first run derives weights that stay; from then on nothing may.
  const first = await model.run(feeds);
  const { numTensors, numBytes } = tf.memory();
  const actual = await model.run(feeds);
  expect(actual).toEqual(first);
  expect(tf.memory()).toMatchObject({ numTensors, numBytes });
  await model[Symbol.asyncDispose]();
  expect(tf.memory().numTensors).toBe(before);
  const expected = await (references.get(graph) ?? interpret(graph, weights, feeds));
  references.set(graph, expected);
  expect(Object.keys(actual)).toEqual(Object.keys(expected));
  const most = Math.max(...Object.values<HostTensor>(expected).map(({ data }) => largest(data)));
  for (const [output, { shape, data }] of Object.entries<HostTensor>(expected)) {
    expect(data.length).toBe(sizeOf(shape));
    const golden = { shape, value: Array.from(data, Number) };
    const agreement = compareWithGolden(actual[output]!, golden, toleranceOf(output, data, most));
    expect({ output, ...agreement }).toMatchObject({ ok: true });
  }
}

describe.each(BACKENDS)('%s', (backend) => {
  test.each(cases)('%s', async (_, c) => {
    await expectAgreement(c, { backend });
  });

  test.each(training)('gradients: %s', async (_, c) => {
    await expectAgreement(c, { backend });
  });

  test.each(cases)('graph as it is: %s', async (_, c) => {
    await expectAgreement(c, { backend, optimize: false });
  });
});
