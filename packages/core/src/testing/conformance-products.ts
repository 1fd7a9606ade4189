/** @file Conformance cases of products, reductions and softmax. */
import type { Shape } from '../tensor.js';
import type { CaseSpec } from './conformance-case.js';

const reduced = (
  fn: 'mean' | 'max' | 'sum',
  x: Shape,
  axes: readonly number[],
  keepDims: boolean,
  feed?: (value: number) => number,
): CaseSpec => ({
  name: `${fn} of [${x.join(', ')}] over ${axes.join(', ')}${keepDims ? ', axes kept' : ''}`,
  inputs: { x },
  build: (g, value) => g.emit('reduce', [value!], { fn, axes, keepDims }),
  ...(feed ? { feed } : {}),
});

const softmaxAlong = (axis: number): CaseSpec => ({
  name: `axis ${axis} of five`,
  inputs: { x: [2, 4, 3, 2, 5] },
  build: (g, x) => g.softmax(x!, axis),
});

/** Cases of products, reductions and softmax. */
export const productCases = {
  matmul: [
    {
      name: 'three axes',
      inputs: { a: [3, 4, 5], b: [3, 5, 6] },
      build: (g, a, b) => g.matmul(a!, b!),
    },
    {
      name: 'four axes',
      inputs: { a: [2, 3, 4, 5], b: [2, 3, 5, 2] },
      build: (g, a, b) => g.matmul(a!, b!),
    },
    {
      name: 'a row by a column',
      inputs: { a: [2, 1, 7], b: [2, 7, 1] },
      build: (g, a, b) => g.matmul(a!, b!),
    },
    {
      name: 'a value with its transpose',
      inputs: { a: [2, 4, 6] },
      build: (g, a) => g.matmul(a!, g.transpose(a!, [0, 2, 1])),
    },
  ],
  linear: [
    {
      name: 'two axes',
      inputs: { x: [3, 7] },
      build: (g, x) => g.linear(x!, 5),
    },
    {
      name: 'at every position of five axes',
      inputs: { x: [2, 2, 3, 2, 6] },
      build: (g, x) => g.linear(x!, 4),
    },
    {
      name: 'three axes, without a bias',
      inputs: { x: [2, 3, 5] },
      build: (g, x) =>
        g.emit('linear', [x!, g.param('linear.weight', [4, 5], 'weight', { kind: 'msra' })], {}),
    },
  ],
  softmax: [
    softmaxAlong(1),
    softmaxAlong(2),
    softmaxAlong(3),
    softmaxAlong(4),
    {
      name: 'classes, large values',
      inputs: { x: [3, 10] },
      build: (g, x) => g.softmax(x!, 1),
      // e^200 overflows float32 unless the largest value is taken off first.
      feed: (value: number) => 100 * value,
    },
    {
      name: 'attention over three axes',
      inputs: { x: [2, 4, 6] },
      build: (g, x) => g.softmax(x!, 2),
    },
    {
      name: 'across clips',
      inputs: { x: [3, 4] },
      build: (g, x) => g.softmax(x!, 0),
    },
  ],
  reduce: [
    reduced('mean', [3, 4, 2, 3, 5], [2, 3, 4], false),
    reduced('mean', [3, 4, 2, 3, 5], [2, 3, 4], true),
    reduced('mean', [2, 4, 3, 2, 5], [2], true),
    reduced('mean', [2, 2, 3, 2, 6], [1, 2, 3], false),
    reduced('max', [2, 4, 3, 2, 5], [3, 4], false, (value) => -Math.abs(value) - 1),
    reduced('max', [2, 4, 3, 2, 5], [1], true),
    reduced('sum', [2, 4, 3, 2, 5], [1, 4], false),
    reduced('sum', [3, 6], [1], true),
    reduced('mean', [2, 4, 3, 2, 5], [4, 2], false),
  ],
} as const satisfies Record<string, readonly [CaseSpec, ...CaseSpec[]]>;
