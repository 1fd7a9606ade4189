/** @file Losses against their definitions in float64, with logits that overflow a careless formula. */
import { float32Tensor } from '@slowfast/core';
import * as tf from '@tensorflow/tfjs';
import { openTfjsBackend } from '../backends/open-backend.js';
import { binaryCrossEntropy, crossEntropy } from './losses.js';

const LOGITS = [
  [1, -2, 0.5],
  [200, 0, -200],
];

describe.each(['cpu', 'wasm'] as const)('%s', (backend) => {
  beforeAll(() => openTfjsBackend({ backend }));

  it('cross-entropy of labels and of soft targets', () => {
    const logits = tf.tensor2d(LOGITS);
    const first = Math.log(Math.exp(1) + Math.exp(-2) + Math.exp(0.5));
    expect(crossEntropy(logits, [2, 1]).dataSync()[0]).toBeCloseTo((first - 0.5 + 200) / 2, 4);
    const soft = float32Tensor([2, 3], Float32Array.of(0.5, 0.25, 0.25, 1, 0, 0));
    const mixed = 0.5 * (first - 1) + 0.25 * (first + 2) + 0.25 * (first - 0.5);
    expect(crossEntropy(logits, soft).dataSync()[0]).toBeCloseTo(mixed / 2, 5);
    const gradient = tf
      .grad((x) => crossEntropy(x, [2, 1]))(logits)
      .arraySync() as number[][];
    expect(gradient[0]![2]).toBeCloseTo((Math.exp(0.5 - first) - 1) / 2, 5);
    expect(gradient[1]).toEqual([0.5, -0.5, 0]);
  });

  it('binary cross-entropy', () => {
    const targets = float32Tensor([2, 3], Float32Array.of(1, 0, 1, 0, 1, 0));
    const logits = tf.tensor2d(LOGITS);
    const softplus = (x: number): number => Math.log1p(Math.exp(x));
    const sum = softplus(-1) + softplus(-2) + softplus(-0.5) + 200 + Math.log(2) + 0;
    expect(binaryCrossEntropy(logits, targets).dataSync()[0]).toBeCloseTo(sum / 6, 4);
    const gradient = tf
      .grad((x) => binaryCrossEntropy(x, targets))(logits)
      .arraySync() as number[][];
    const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
    [sigmoid(1) - 1, sigmoid(-2), sigmoid(0.5) - 1].forEach((value, i) =>
      expect(gradient[0]![i]).toBeCloseTo(value / 6, 5),
    );
  });

  it('refuses targets that do not fit', () => {
    const logits = tf.tensor2d(LOGITS);
    expect(() => crossEntropy(logits, [0, 3])).toThrow(
      'crossEntropy: clip 1: expected a class from 0 to 2, received 3.',
    );
    expect(() => crossEntropy(logits, [0])).toThrow(
      "crossEntropy: expected targets of the logits' shape [2, 3], received [1, 3].",
    );
  });
});
