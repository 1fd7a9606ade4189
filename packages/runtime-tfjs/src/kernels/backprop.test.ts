/** @file Plain TF.js operations and their gradients on WebAssembly with our kernels, against TF.js' own on cpu. */
import * as tf from '@tensorflow/tfjs';
import { openTfjsBackend } from '../backends/open-backend.js';

const TOLERANCE = 1e-5;

interface Case {
  readonly shapes: readonly (readonly number[])[];
  readonly run: (...x: tf.Tensor[]) => tf.Tensor;
}

const conv2d =
  (strides: [number, number] | number, pad: Parameters<typeof tf.conv2d>[3]) =>
  (x: tf.Tensor, w: tf.Tensor): tf.Tensor =>
    tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, strides, pad);
/** A number would not do: TF.js works out a wrong size from one when kernel or stride are not square. */
const TWO_AROUND: Parameters<typeof tf.conv2d>[3] = [
  [0, 0],
  [2, 2],
  [2, 2],
  [0, 0],
];
const conv3d =
  (strides: [number, number, number] | number, pad: 'same' | 'valid') =>
  (x: tf.Tensor, w: tf.Tensor): tf.Tensor =>
    tf.conv3d(x as tf.Tensor5D, w as tf.Tensor5D, strides, pad);

const CASES: Readonly<Record<string, Case>> = {
  'conv2d 3x3': {
    shapes: [
      [2, 5, 6, 3],
      [3, 3, 3, 4],
    ],
    run: conv2d(1, 'same'),
  },
  'conv2d 3x3 stride 2, odd sizes': {
    shapes: [
      [2, 7, 9, 3],
      [3, 3, 3, 4],
    ],
    run: conv2d(2, 'same'),
  },
  'conv2d 3x3 stride 2, even sizes': {
    shapes: [
      [2, 8, 6, 3],
      [3, 3, 3, 4],
    ],
    run: conv2d(2, 'same'),
  },
  'conv2d 1x1 stride 2': {
    shapes: [
      [2, 6, 7, 3],
      [1, 1, 3, 4],
    ],
    run: conv2d(2, 'valid'),
  },
  'conv2d 1x1': {
    shapes: [
      [2, 6, 7, 3],
      [1, 1, 3, 4],
    ],
    run: conv2d(1, 'valid'),
  },
  'conv2d 5x2 stride 3, 2, padded': {
    shapes: [
      [1, 11, 9, 2],
      [5, 2, 2, 3],
    ],
    run: conv2d([3, 2], TWO_AROUND),
  },
  'conv2d 3x3 over many positions': {
    shapes: [
      [4, 40, 40, 2],
      [3, 3, 2, 3],
    ],
    run: conv2d(1, 'same'),
  },
  'conv3d 3x3x3': {
    shapes: [
      [2, 4, 5, 6, 3],
      [3, 3, 3, 3, 4],
    ],
    run: conv3d(1, 'same'),
  },
  'conv3d 3x3x3 stride 2': {
    shapes: [
      [2, 5, 6, 7, 3],
      [3, 3, 3, 3, 4],
    ],
    run: conv3d(2, 'same'),
  },
  'conv3d 5x7x7 stride 1, 2, 2': {
    shapes: [
      [1, 6, 13, 12, 3],
      [5, 7, 7, 3, 2],
    ],
    run: conv3d([1, 2, 2], 'same'),
  },
  'conv3d 3x1x1 stride 2, 1, 1': {
    shapes: [
      [2, 7, 3, 4, 3],
      [3, 1, 1, 3, 4],
    ],
    run: conv3d([2, 1, 1], 'valid'),
  },
  'maxPool 3x3 stride 2': {
    shapes: [[2, 7, 9, 3]],
    run: (x) => tf.maxPool(x as tf.Tensor4D, 3, 2, 'same'),
  },
  'maxPool 2x2, odd sizes': {
    shapes: [[2, 5, 7, 3]],
    run: (x) => tf.maxPool(x as tf.Tensor4D, 2, 2, 'valid'),
  },
  'maxPool3d 3x3x3 stride 2': {
    shapes: [[2, 5, 6, 7, 3]],
    run: (x) => tf.maxPool3d(x as tf.Tensor5D, 3, 2, 'same'),
  },
  'avgPool 3x3 stride 2': {
    shapes: [[2, 7, 9, 3]],
    run: (x) => tf.avgPool(x as tf.Tensor4D, 3, 2, 'valid'),
  },
  'gather with repeats': {
    shapes: [[3, 6, 2]],
    run: (x) => tf.gather(x, tf.tensor1d([5, 0, 0, 2], 'int32'), 1),
  },
  'matMul of batches': {
    shapes: [
      [3, 4, 5],
      [3, 5, 6],
    ],
    run: (a, b) => tf.matMul(a, b),
  },
};

function filled(shape: readonly number[], phase: number): tf.Tensor {
  const size = shape.reduce((a, b) => a * b);
  const data = Float32Array.from({ length: size }, (_, i) => Math.sin(12.9898 * i + phase));
  return tf.tensor(data, [...shape]);
}

async function gradients({ shapes, run }: Case, backend: 'cpu' | 'wasm'): Promise<number[][]> {
  await openTfjsBackend({ backend });
  const values = tf.tidy(() => {
    const inputs = shapes.map(filled);
    const weighted = (...x: tf.Tensor[]): tf.Tensor => {
      const y = run(...x);
      return tf.sum(tf.mul(y, filled(y.shape, 0.5)));
    };
    return tf
      .grads(weighted)(inputs)
      .map((gradient) => Array.from(gradient.dataSync()));
  });
  return values;
}

test.each(Object.entries(CASES))('%s', async (_, c) => {
  const expected = await gradients(c, 'cpu');
  const actual = await gradients(c, 'wasm');
  const worst = expected.map((values, i) => {
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
    return values.reduce((most, v, k) => Math.max(most, Math.abs(v - actual[i]![k]!)), 0) / largest;
  });
  worst.forEach((difference) => expect(difference).toBeLessThanOrEqual(TOLERANCE));
});

it('tf.layers.conv3d trains with model.fit', async () => {
  await openTfjsBackend({ backend: 'wasm' });
  const model = tf.sequential({
    layers: [
      tf.layers.conv3d({ inputShape: [4, 6, 6, 2], filters: 3, kernelSize: 3, activation: 'relu' }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 2, activation: 'softmax' }),
    ],
  });
  model.compile({ optimizer: tf.train.sgd(0.05), loss: 'categoricalCrossentropy' });
  const [x, y] = [
    filled([4, 4, 6, 6, 2], 0),
    tf.tensor2d([
      [1, 0],
      [0, 1],
      [1, 0],
      [0, 1],
    ]),
  ];
  const { history } = await model.fit(x, y, { epochs: 6, verbose: 0 });
  const losses = history['loss'] as number[];
  expect(losses.at(-1)!).toBeLessThan(losses[0]!);
  tf.dispose([x, y]);
  model.dispose();
});
