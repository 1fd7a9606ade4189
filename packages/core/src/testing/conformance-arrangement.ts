/** @file Conformance cases of operations that move elements. */
import type { Value } from '../ir/types.js';
import type { Shape } from '../tensor.js';
import type { CaseSpec } from './conformance-case.js';

const transposed = (name: string, x: Shape, perm: readonly number[]): CaseSpec => ({
  name,
  inputs: { x },
  build: (g, value) => g.transpose(value!, perm),
});

const sliced = (
  name: string,
  x: Shape,
  [axis, start, stop, step]: readonly [number, number, number, number],
): CaseSpec => ({
  name,
  inputs: { x },
  build: (g, value) => g.emit('slice', [value!], { axis, start, stop, step }),
});

const gathered = (name: string, x: Shape, axis: number, indices: readonly number[]): CaseSpec => ({
  name,
  inputs: { x },
  build: (g, value) => g.emit('gather', [value!], { axis, indices }),
});

/** Cases of the operations that move elements. */
export const arrangementCases = {
  concat: [
    {
      name: 'channels of unequal count',
      inputs: { a: [2, 3, 2, 3, 4], b: [2, 5, 2, 3, 4] },
      build: (g, a, b) => g.concat([a!, b!]),
    },
    {
      name: 'frames, three values',
      inputs: { a: [2, 3, 1, 3, 2], b: [2, 3, 4, 3, 2], c: [2, 3, 2, 3, 2] },
      build: (g, a, b, c) => g.concat([a!, b!, c!] as Value[], 2),
    },
    {
      name: 'width',
      inputs: { a: [2, 3, 2, 2, 3], b: [2, 3, 2, 2, 5] },
      build: (g, a, b) => g.concat([a!, b!], 4),
    },
    {
      name: 'features of two pathways, one of them twice',
      inputs: { a: [3, 4], b: [3, 6] },
      build: (g, a, b) => g.concat([a!, b!, a!]),
    },
    {
      name: 'a single value',
      inputs: { a: [2, 4, 2, 2, 2] },
      build: (g, a) => g.concat([a!]),
    },
  ],
  slice: [
    sliced('frames, step 2', [2, 3, 7, 3, 2], [2, 1, 7, 2]),
    sliced('frames, step 8 from the first', [2, 3, 21, 2, 2], [2, 0, 21, 8]),
    sliced('channels', [2, 8, 2, 3, 2], [1, 2, 5, 1]),
    sliced('height, step 2 to before the end', [2, 3, 2, 7, 3], [3, 0, 6, 2]),
    sliced('last position of width', [2, 3, 2, 2, 5], [4, 4, 5, 1]),
    sliced('two axes', [3, 9], [1, 1, 8, 3]),
  ],
  gather: [
    gathered('frames as the Slow pathway takes them', [2, 3, 32, 2, 2], 2, [0, 10, 20, 31]),
    gathered('repeated and descending', [2, 3, 4, 3, 2], 2, [3, 0, 0, 2, 3, 1]),
    gathered('channels', [2, 5, 2, 3, 2], 1, [4, 1]),
    gathered('width', [2, 3, 2, 2, 5], 4, [0, 2, 2]),
    gathered('two axes', [3, 6], 1, [5, 5, 0]),
  ],
  reshape: [
    {
      name: 'flatten, with symbolic N',
      inputs: { x: [3, 4, 2, 3, 2] },
      build: (g, x) => g.reshape(x!, ['N', 48]),
    },
    {
      name: 'positions into one axis and back',
      inputs: { x: [3, 4, 2, 3, 2] },
      build: (g, x) => {
        const flat = g.reshape(x!, ['N', 4, 12]);
        return { flat, again: g.reshape(flat, ['N', 4, 2, 3, 2]) };
      },
    },
    {
      name: 'six axes: frames in groups',
      inputs: { x: [2, 3, 8, 2, 2] },
      build: (g, x) => g.reshape(x!, ['N', 3, 2, 4, 2, 2]),
    },
    {
      name: 'axes of size 1 in and out',
      inputs: { x: [3, 6] },
      build: (g, x) => g.reshape(g.reshape(x!, ['N', 6, 1, 1, 1]), ['N', 1, 6]),
    },
    {
      name: 'the symbolic axis moves by a transposition between',
      inputs: { x: [3, 4, 6] },
      build: (g, x) => g.reshape(g.transpose(x!, [1, 0, 2]), [4, 'N', 2, 3]),
    },
  ],
  transpose: [
    transposed('channels last', [2, 3, 4, 5, 6], [0, 2, 3, 4, 1]),
    transposed('channels first', [2, 3, 4, 5, 6], [0, 4, 1, 2, 3]),
    transposed('matrix', [2, 3, 5], [0, 2, 1]),
    transposed('reversed', [2, 3, 4, 5], [3, 2, 1, 0]),
    transposed('nothing moves', [2, 3, 4], [0, 1, 2]),
    {
      name: 'time to channel: six axes',
      inputs: { x: [2, 3, 8, 2, 2] },
      build: (g, x) => {
        const grouped = g.reshape(x!, ['N', 3, 2, 4, 2, 2]);
        return g.reshape(g.transpose(grouped, [0, 3, 1, 2, 4, 5]), ['N', 12, 2, 2, 2]);
      },
    },
  ],
} as const satisfies Record<string, readonly [CaseSpec, ...CaseSpec[]]>;
