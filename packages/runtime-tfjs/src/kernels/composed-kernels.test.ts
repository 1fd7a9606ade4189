/** @file Plain operations on WebAssembly with the composed kernels, held against the plain JavaScript backend. */
import * as tf from '@tensorflow/tfjs';
import { openTfjsBackend } from '../index.js';

const values = (shape: number[], seed: number): tf.Tensor =>
  tf.randomUniform(shape, -1, 1, 'float32', seed);

type Operation = (...xs: readonly tf.Tensor[]) => tf.Tensor;

async function onBackend(
  backend: 'wasm' | 'cpu',
  shapes: readonly number[][],
  operation: Operation,
): Promise<{ readonly shape: readonly number[]; readonly data: readonly number[] }> {
  await openTfjsBackend({ backend });
  const before = tf.memory().numTensors;
  const result = tf.tidy(() => operation(...shapes.map((shape, i) => values(shape, i + 1))));
  expect(tf.memory().numTensors).toBe(before + 1);
  const { shape } = result;
  const data = Array.from(await result.data());
  result.dispose();
  return { shape, data };
}

const conv = (
  strides: number | [number, number, number],
  pad: 'same' | 'valid',
  dilations: number | [number, number, number] = 1,
): Operation => {
  return (x, filter) =>
    tf.conv3d(x as tf.Tensor5D, filter as tf.Tensor5D, strides, pad, 'NDHWC', dilations);
};

const pool =
  (
    which: 'maxPool3d' | 'avgPool3d',
    size: [number, number, number],
    strides: [number, number, number],
    pad: 'same' | 'valid' | number,
  ): Operation =>
  (x) =>
    tf[which](x as tf.Tensor5D, size, strides, pad);

const cases: readonly (readonly [string, readonly number[][], Operation])[] = [
  [
    'conv3d 3x3x3 same',
    [
      [2, 4, 5, 6, 3],
      [3, 3, 3, 3, 4],
    ],
    conv(1, 'same'),
  ],
  [
    'conv3d 3x3x3 same, stride 2',
    [
      [1, 5, 6, 7, 3],
      [3, 3, 3, 3, 4],
    ],
    conv(2, 'same'),
  ],
  [
    'conv3d 5x7x7 valid',
    [
      [1, 6, 9, 8, 2],
      [5, 7, 7, 2, 3],
    ],
    conv([1, 2, 2], 'valid'),
  ],
  [
    'conv3d 3x1x1 same',
    [
      [2, 4, 3, 3, 40],
      [3, 1, 1, 40, 5],
    ],
    conv(1, 'same'),
  ],
  [
    'conv3d 3x3x3 of many channels',
    [
      [1, 4, 4, 5, 20],
      [3, 3, 3, 20, 6],
    ],
    conv(1, 'same'),
  ],
  [
    'conv3d dilated',
    [
      [1, 7, 8, 9, 3],
      [3, 3, 3, 3, 4],
    ],
    conv(1, 'valid', 2),
  ],
  ['maxPool3d 3x3x3 same', [[2, 5, 6, 7, 3]], pool('maxPool3d', [3, 3, 3], [2, 2, 2], 'same')],
  ['maxPool3d 1x3x3 valid', [[2, 3, 6, 7, 3]], pool('maxPool3d', [1, 3, 3], [1, 2, 2], 'valid')],
  ['avgPool3d 3x3x3 same', [[2, 5, 6, 7, 3]], pool('avgPool3d', [3, 3, 3], [2, 2, 2], 'same')],
  ['avgPool3d 2x2x2, padding 1', [[1, 4, 6, 4, 3]], pool('avgPool3d', [2, 2, 2], [2, 2, 2], 1)],
  [
    'matMul of batches',
    [
      [3, 4, 5],
      [3, 5, 6],
    ],
    (a, b) => tf.matMul(a, b),
  ],
  [
    'matMul, first transposed',
    [
      [5, 4],
      [5, 6],
    ],
    (a, b) => tf.matMul(a, b, true),
  ],
  [
    'matMul, second transposed',
    [
      [2, 4, 5],
      [2, 6, 5],
    ],
    (a, b) => tf.matMul(a, b, false, true),
  ],
  [
    'matMul, one for all',
    [
      [3, 4, 5],
      [1, 5, 6],
    ],
    (a, b) => tf.matMul(a, b),
  ],
  [
    'matMul of four axes',
    [
      [2, 3, 4, 5],
      [2, 3, 5, 2],
    ],
    (a, b) => tf.matMul(a, b),
  ],
  ['slice of frames', [[2, 6, 3, 4, 5]], (x) => tf.slice(x, [0, 2, 0, 0, 0], [2, 3, 3, 4, 5])],
  ['slice to the end', [[2, 6, 3, 4, 5]], (x) => tf.slice(x, [1, 0, 0, 1], [1, -1, -1, 2])],
  ['slice of few columns', [[7, 5]], (x) => tf.slice(x, [2, 1], [4, 3])],
  [
    'slice beside what is not finite',
    [[3, 4]],
    (x) => tf.slice(tf.concat([x, tf.fill([3, 2], Infinity)], 1), [0, 2], [3, 2]),
  ],
  ['slice of every axis', [[3, 4, 5, 4, 3]], (x) => tf.slice(x, [1, 1, 1, 1, 1], [2, 2, 2, 2, 1])],
  ['transpose, channels first', [[2, 3, 4, 5, 6]], (x) => tf.transpose(x, [0, 4, 1, 2, 3])],
  ['transpose, reversed', [[2, 3, 4, 2, 3]], (x) => tf.transpose(x, [4, 3, 2, 1, 0])],
  ['transpose of six axes', [[2, 3, 2, 4, 2, 2]], (x) => tf.transpose(x, [0, 3, 1, 2, 4, 5])],
];

test.each(cases)('%s', async (_, shapes, operation) => {
  const wasm = await onBackend('wasm', shapes, operation);
  const cpu = await onBackend('cpu', shapes, operation);
  expect(wasm.shape).toEqual(cpu.shape);
  const worst = Math.max(...cpu.data.map((value, i) => Math.abs(value - wasm.data[i]!)));
  expect(worst).toBeLessThan(1e-5);
});

test('tf.layers of five axes compute the same', async () => {
  const build: Operation = (x, w) => {
    const layer = tf.layers.conv3d({ filters: 4, kernelSize: 3, padding: 'same', useBias: false });
    layer.build(x!.shape);
    layer.setWeights([w!]);
    const y = layer.apply(x!) as tf.Tensor;
    const result = tf.clone(tf.layers.maxPooling3d({ poolSize: [1, 2, 2] }).apply(y) as tf.Tensor);
    for (const variable of layer.weights) variable.dispose();
    return result;
  };
  const shapes = [
    [1, 4, 6, 6, 3],
    [3, 3, 3, 3, 4],
  ];
  const wasm = await onBackend('wasm', shapes, build);
  const cpu = await onBackend('cpu', shapes, build);
  const worst = Math.max(...cpu.data.map((value, i) => Math.abs(value - wasm.data[i]!)));
  expect(worst).toBeLessThan(1e-5);
});

test('a right factor that is seen under two shapes', async () => {
  await openTfjsBackend({ backend: 'wasm' });
  const [x, y] = tf.tidy(() => {
    const factor = tf.range(0, 24);
    const [tall, wide] = [tf.reshape(factor, [12, 2]), tf.reshape(factor, [3, 8])];
    return [
      tf.matMul(tf.ones([1, 12]), tall as tf.Tensor2D),
      tf.matMul(tf.ones([1, 3]), wide as tf.Tensor2D),
    ];
  }) as [tf.Tensor, tf.Tensor];
  expect([...(await x.data())]).toEqual([132, 144]);
  expect([...(await y.data())]).toEqual([24, 27, 30, 33, 36, 39, 42, 45]);
  tf.dispose([x, y]);
});
