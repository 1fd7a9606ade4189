/** @file Convolutions wide enough for two rows at a time, which the conformance suite's are not. */
import { GraphBuilder, type Conv3dOptions, type HostTensor, type Shape } from '@slowfast/core';
import { compareWithGolden, formulaClip, formulaStore, interpret } from '@slowfast/core/testing';
import * as tf from '@tensorflow/tfjs';
import { tfjsRuntime } from '../index.js';

const cases: readonly (readonly [string, Shape, Conv3dOptions])[] = [
  ['3x1x1, four frames', [2, 64, 4, 3, 3], { channels: 65, kernel: [3, 1, 1] }],
  ['3x1x1, five frames', [1, 65, 5, 2, 3], { channels: 64, kernel: [3, 1, 1], bias: true }],
  ['3x1x1, three frames', [1, 64, 3, 2, 2], { channels: 64, kernel: [3, 1, 1] }],
  ['3x1x1, no padding', [2, 64, 6, 2, 2], { channels: 64, kernel: [3, 1, 1], padding: [0, 0, 0] }],
  [
    '3x1x1, more padding than needed',
    [1, 64, 4, 2, 2],
    { channels: 64, kernel: [3, 1, 1], padding: [2, 0, 0] },
  ],
  [
    '3x1x1, stride in space',
    [1, 64, 4, 5, 4],
    { channels: 64, kernel: [3, 1, 1], stride: [1, 2, 2] },
  ],
  ['1x3x3, odd sizes', [2, 64, 2, 7, 5], { channels: 64, kernel: [1, 3, 3], bias: true }],
  ['1x3x3, even sizes', [1, 66, 2, 8, 6], { channels: 64, kernel: [1, 3, 3] }],
  [
    '1x3x3, unequal padding, dilation along W',
    [1, 64, 1, 6, 9],
    { channels: 64, kernel: [1, 3, 3], padding: [0, 0, 2], dilation: [1, 1, 2] },
  ],
  ['1x3x1', [1, 64, 2, 6, 5], { channels: 64, kernel: [1, 3, 1] }],
  ['1x3x5', [1, 64, 2, 4, 6], { channels: 64, kernel: [1, 3, 5] }],
  ['3x3x3', [1, 64, 3, 4, 4], { channels: 64, kernel: [3, 3, 3] }],
];

describe.each(['wasm', 'cpu'] as const)('%s', (backend) => {
  it.each(cases)('%s', async (_, shape, options) => {
    const g = GraphBuilder.empty('test');
    const x = g.input('x', { dtype: 'float32', shape: ['N', ...shape.slice(1)] });
    const graph = g.build({ y: g.activation(g.batchNorm(g.conv3d(x, options)), 'relu') });
    const store = formulaStore(
      [...graph.params].map(([name, { type }]) => [name, type.shape as Shape]),
    );
    const feeds = { x: formulaClip(shape) };
    const before = tf.engine().state.numTensors;
    const model = await tfjsRuntime({ backend }).compile({ name: 'test', graph }, store);
    const expected = (await interpret(graph, store, feeds))['y']!;
    // The first run derives the weights, the second uses them.
    for (let run = 0; run < 2; run++) {
      const actual: HostTensor = (await model.run(feeds))['y']!;
      const golden = { shape: expected.shape, value: Array.from(expected.data, Number) };
      expect(compareWithGolden(actual, golden, 2e-5)).toMatchObject({ ok: true });
    }
    await model[Symbol.asyncDispose]();
    expect(tf.engine().state.numTensors).toBe(before);
  });
});
