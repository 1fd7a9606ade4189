/** @file Conformance cases of operations that work element by element. */
import type { ActivationFunction } from '../ir/types.js';
import type { CaseSpec } from './conformance-case.js';

const fusedAdd = (fn: ActivationFunction): CaseSpec => ({
  name: `with ${fn}`,
  inputs: { a: [2, 3, 2, 4, 3], b: [2, 3, 2, 4, 3] },
  build: (g, a, b) => g.emit('add', [a!, b!], { activation: fn }),
  feed: (value) => 3 * value,
});

const activation = (fn: ActivationFunction): CaseSpec => ({
  name: fn,
  inputs: { x: [2, 3, 2, 4, 5] },
  build: (g, x) => g.emit('activation', [x!], { fn }),
  // ±8 reaches both flat ends of relu6 and hardswish.
  feed: (value) => 4 * value,
});

/** Cases of the operations that work element by element. */
export const elementwiseCases = {
  batch_norm: [
    {
      name: 'five axes',
      inputs: { x: [3, 4, 3, 2, 5] },
      build: (g, x) => g.batchNorm(x!),
    },
    {
      name: 'two axes, large epsilon',
      inputs: { x: [3, 7] },
      build: (g, x) => g.batchNorm(x!, { epsilon: 0.5 }),
    },
    {
      name: 'after a convolution that is an output too',
      inputs: { x: [2, 3, 2, 4, 4] },
      build: (g, x) => {
        const conv = g.conv3d(x!, { channels: 4, kernel: [1, 3, 3] });
        return { conv, norm: g.batchNorm(conv) };
      },
    },
  ],
  activation: [
    activation('relu'),
    activation('relu6'),
    activation('sigmoid'),
    activation('silu'),
    activation('hardswish'),
    activation('tanh'),
    activation('identity'),
    {
      name: 'two axes',
      inputs: { x: [3, 5] },
      build: (g, x) => g.activation(x!, 'sigmoid'),
    },
  ],
  add: [
    {
      name: 'equal shapes',
      inputs: { a: [3, 2, 3, 4, 5], b: [3, 2, 3, 4, 5] },
      build: (g, a, b) => g.add(a!, b!),
    },
    {
      name: 'one channel gate over positions',
      inputs: { a: [2, 4, 3, 2, 5], b: [2, 4, 1, 1, 1] },
      build: (g, a, b) => g.add(a!, b!),
    },
    {
      name: 'broadcast both ways',
      inputs: { a: [2, 1, 3, 1, 5], b: [2, 4, 1, 6, 1] },
      build: (g, a, b) => g.add(a!, b!),
    },
    {
      name: 'a value to itself',
      inputs: { x: [2, 3, 2, 2, 2] },
      build: (g, x) => g.add(x!, x!),
    },
    {
      name: 'two axes',
      inputs: { a: [3, 5], b: [3, 1] },
      build: (g, a, b) => g.add(a!, b!),
    },
    fusedAdd('relu'),
    fusedAdd('relu6'),
    fusedAdd('sigmoid'),
    fusedAdd('silu'),
    fusedAdd('hardswish'),
    fusedAdd('tanh'),
  ],
  mul: [
    {
      name: 'equal shapes',
      inputs: { a: [3, 2, 3, 4, 5], b: [3, 2, 3, 4, 5] },
      build: (g, a, b) => g.emit('mul', [a!, b!], {}),
    },
    {
      name: 'channel gate, as squeeze-and-excitation',
      inputs: { a: [2, 4, 3, 2, 5], b: [2, 4, 1, 1, 1] },
      build: (g, a, b) => g.emit('mul', [a!, b!], {}),
    },
    {
      name: 'broadcast both ways',
      inputs: { a: [2, 4, 1, 3], b: [2, 1, 5, 3] },
      build: (g, a, b) => g.emit('mul', [a!, b!], {}),
    },
  ],
  scale: [
    {
      name: 'five axes',
      inputs: { x: [2, 3, 2, 3, 4] },
      build: (g, x) => g.emit('scale', [x!], { factor: 0.125 }),
    },
    {
      name: 'negative factor, three axes',
      inputs: { x: [2, 3, 4] },
      build: (g, x) => g.emit('scale', [x!], { factor: -1.7 }),
    },
  ],
  dropout: [
    {
      name: 'between layers',
      inputs: { x: [3, 6] },
      build: (g, x) => g.linear(g.dropout(x!, 0.5), 4),
    },
    {
      name: 'as the output',
      inputs: { x: [2, 3, 2, 3, 4] },
      build: (g, x) => g.dropout(x!, 0.3),
    },
  ],
} as const satisfies Record<string, readonly [CaseSpec, ...CaseSpec[]]>;
