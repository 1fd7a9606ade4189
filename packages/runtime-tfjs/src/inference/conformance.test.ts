/**
 * @file Every operation and its awkward shapes on WebAssembly and cpu, or the backends that
 * SLOWFAST_TFJS_BACKENDS names, held against the reference interpreter.
 */
import { sizeOf, type HostTensor } from '@slowfast/core';
import { compareWithGolden, conformanceCases, interpret } from '@slowfast/core/testing';
import * as tf from '@tensorflow/tfjs';
import { openTfjsBackend, tfjsRuntime, type TfjsBackendName, type TfjsOptions } from '../index.js';

const BACKENDS = (process.env['SLOWFAST_TFJS_BACKENDS']?.split(',') ?? [
  'wasm',
  'cpu',
]) as TfjsBackendName[];

/** Float32 against float64 arithmetic, relative to the largest value. */
const TOLERANCE = 2e-5;

const cases = conformanceCases().map((c) => [c.name, c] as const);

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
  const expected = await interpret(graph, weights, feeds);
  expect(Object.keys(actual)).toEqual(Object.keys(expected));
  for (const [output, { shape, data }] of Object.entries<HostTensor>(expected)) {
    expect(data.length).toBe(sizeOf(shape));
    const golden = { shape, value: Array.from(data, Number) };
    const agreement = compareWithGolden(actual[output]!, golden, TOLERANCE);
    expect({ output, ...agreement }).toMatchObject({ ok: true });
  }
}

describe.each(BACKENDS)('%s', (backend) => {
  test.each(cases)('%s', async (_, c) => {
    await expectAgreement(c, { backend });
  });

  test.each(cases)('graph as it is: %s', async (_, c) => {
    await expectAgreement(c, { backend, optimize: false });
  });
});
