/** @file SGD against PyTorch's own formulas, worked out in float64. */
import * as tf from '@tensorflow/tfjs';
import { openTfjsBackend } from '../backends/open-backend.js';
import type { TrainingParameter } from './parameters.js';
import { sgd, type SgdOptions } from './sgd.js';

beforeAll(() => openTfjsBackend({ backend: 'cpu' }));

const parameter = (
  name: string,
  regularised: boolean,
  values: readonly number[],
): TrainingParameter => ({
  name,
  role: regularised ? 'weight' : 'norm-scale',
  shape: [values.length],
  trainable: true,
  regularised,
  variable: tf.variable(tf.tensor1d([...values])),
});

const GRADIENTS = [
  [0.5, -1, 2],
  [-0.25, 0.75, 1],
  [3, 0.125, -2],
];

/** `torch.optim.SGD` as its documentation has it: the buffer is the first gradient, then an average. */
function expected(start: readonly number[], options: Required<SgdOptions>, rate: number): number[] {
  const values = [...start];
  const buffer: (number | undefined)[] = start.map(() => undefined);
  for (const gradients of GRADIENTS) {
    gradients.forEach((gradient, i) => {
      const d = gradient + options.weightDecay * values[i]!;
      const before = buffer[i];
      buffer[i] = before === undefined ? d : options.momentum * before + d;
      values[i]! -= rate * (options.nesterov ? d + options.momentum * buffer[i]! : buffer[i]!);
    });
  }
  return values;
}

test.each([
  { momentum: 0, nesterov: false, weightDecay: 0 },
  { momentum: 0, nesterov: false, weightDecay: 0.1 },
  { momentum: 0.9, nesterov: false, weightDecay: 0.01 },
  { momentum: 0.9, nesterov: true, weightDecay: 0.01 },
])('%j', async (options) => {
  const start = [1, -2, 0.5];
  const [weight, scale] = [parameter('w', true, start), parameter('s', false, start)];
  const optimizer = sgd([weight, scale], options);
  for (const values of GRADIENTS) {
    const gradient = tf.tensor1d(values);
    optimizer.step(
      new Map([
        ['w', gradient],
        ['s', gradient],
      ]),
      0.1,
    );
    gradient.dispose();
  }
  const close = async (p: TrainingParameter, values: readonly number[]): Promise<void> => {
    (await p.variable.data()).forEach((value, i) => expect(value).toBeCloseTo(values[i]!, 5));
  };
  await close(weight, expected(start, options, 0.1));
  await close(scale, expected(start, { ...options, weightDecay: 0 }, 0.1));
});

it('continues exactly from a saved state', async () => {
  const options = { momentum: 0.9, nesterov: true };
  const straight = parameter('w', true, [1, 2, 3]);
  const resumed = parameter('w', true, [1, 2, 3]);
  const step = (optimizer: ReturnType<typeof sgd>, values: readonly number[]): void =>
    tf.tidy(() => optimizer.step(new Map([['w', tf.tensor1d([...values])]]), 0.1));
  const first = sgd([straight], options);
  const second = sgd([resumed], options);
  step(first, GRADIENTS[0]!);
  step(second, GRADIENTS[0]!);
  const third = sgd([resumed], options);
  third.restore(await second.state());
  step(first, GRADIENTS[1]!);
  step(third, GRADIENTS[1]!);
  expect(await resumed.variable.data()).toEqual(await straight.variable.data());
});

it('refuses what makes no optimiser, and unknown parameters', () => {
  expect(() => sgd([], { momentum: 1 })).toThrow(
    'sgd.momentum: expected a number from 0 to below 1, received 1.',
  );
  expect(() => sgd([], { weightDecay: -1 })).toThrow(
    'sgd.weightDecay: expected a number of at least 0, received -1.',
  );
  expect(() => sgd([], { nesterov: true })).toThrow(
    'sgd.momentum: expected a number above 0 with nesterov, received 0.',
  );
  const gradients = new Map([['x', tf.scalar(1)]]);
  expect(() => sgd([]).step(gradients, 0.1)).toThrow(
    "sgd: expected one of the 0 trained parameters, received 'x'.",
  );
});
