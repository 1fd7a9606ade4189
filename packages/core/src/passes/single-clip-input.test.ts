import { GraphBuilder } from '../ir/builder.js';
import { printGraph } from '../ir/print.js';
import type { Dim } from '../ir/types.js';
import { verify } from '../ir/verify.js';
import { formulaClip, formulaStore } from '../testing/formula.js';
import { interpret } from '../testing/interpreter.js';
import { singleClipInput, type SingleClipOptions } from './single-clip-input.js';

function pathways(shapes: Readonly<Record<string, readonly Dim[]>>) {
  const g = GraphBuilder.empty('test');
  const means = Object.entries(shapes).map(([name, shape]) => {
    const x = g.input(name, { dtype: 'float32', shape });
    return g.mean(x, shape.length === 5 ? [2, 3, 4] : [], false);
  });
  return g.build<string, 'y'>({ y: means.length > 1 ? g.concat(means) : means[0]! });
}
const SLOW = ['N', 3, 2, 2, 2] as const;
const FAST = ['N', 3, 5, 2, 2] as const;

test('gathers the frames of each pathway from one clip', async () => {
  const graph = pathways({ slow: SLOW, fast: FAST });
  const after = singleClipInput(graph, { indices: { slow: [0, 4] } });
  verify(after);
  expect(printGraph(after)).toBe(
    [
      'input clip: float32[N, 3, 5, 2, 2]',
      'slow: float32[N, 3, 2, 2, 2] = gather(clip) {axis=2, indices=[0, 4]}',
      'mean: float32[N, 3] = reduce(slow) {fn=mean, axes=[2, 3, 4], keepDims=false}',
      'mean_2: float32[N, 3] = reduce(clip) {fn=mean, axes=[2, 3, 4], keepDims=false}',
      'concat: float32[N, 6] = concat(mean, mean_2) {axis=1}',
      'output y = concat',
      '',
    ].join('\n'),
  );
  const clip = formulaClip([2, 3, 5, 2, 2]);
  const slow = { ...clip, shape: [2, 3, 2, 2, 2], data: new Float32Array(48) };
  for (let plane = 0; plane < 6; plane++) {
    slow.data.set(clip.data.subarray(plane * 20, plane * 20 + 4), plane * 8);
    slow.data.set(clip.data.subarray(plane * 20 + 16, plane * 20 + 20), plane * 8 + 4);
  }
  const none = formulaStore([]);
  expect(await interpret(after, none, { clip })).toEqual(
    await interpret(graph, none, { slow, fast: clip }),
  );
});

test('a clip longer than every pathway', () => {
  const graph = pathways({ slow: SLOW, fast: FAST });
  const indices = { slow: [0, 9], fast: [0, 2, 4, 6, 8] };
  const after = singleClipInput(graph, { indices, frames: 10, name: 'video' });
  verify(after);
  expect(after.inputs['video']!.type.shape).toEqual(['N', 3, 10, 2, 2]);
  expect(after.nodes.slice(0, 2).map(({ name, op }) => `${name}=${op}`)).toEqual([
    'slow=gather',
    'fast=gather',
  ]);
});

test('one pathway that is called as the clip is', () => {
  const graph = pathways({ clip: SLOW });
  expect(printGraph(singleClipInput(graph))).toBe(printGraph(graph));
  const after = singleClipInput(graph, { indices: { clip: [7, 0] }, frames: 8 });
  verify(after);
  expect(printGraph(after)).toBe(
    [
      'input clip: float32[N, 3, 8, 2, 2]',
      'clip.frames: float32[N, 3, 2, 2, 2] = gather(clip) {axis=2, indices=[7, 0]}',
      'mean: float32[N, 3] = reduce(clip.frames) {fn=mean, axes=[2, 3, 4], keepDims=false}',
      'output y = mean',
      '',
    ].join('\n'),
  );
});

test('inputs of another rank stay', () => {
  const g = GraphBuilder.empty('test');
  const slow = g.input('slow', { dtype: 'float32', shape: SLOW });
  const boxes = g.input('boxes', { dtype: 'float32', shape: ['R', 5] });
  const graph = g.build({ y: g.mean(slow, [2, 3, 4]), boxes });
  expect(Object.keys(singleClipInput(graph).inputs)).toEqual(['clip', 'boxes']);
});

const wrong: readonly (readonly [
  Readonly<Record<string, readonly Dim[]>>,
  SingleClipOptions,
  string,
])[] = [
  [
    { slow: SLOW, fast: FAST },
    {},
    'expected indices for slow, which has 2 of 5 frames, received none. Give the indices of its frames in the clip.',
  ],
  [
    { slow: SLOW, fast: ['N', 1, 5, 2, 2] },
    { indices: { slow: [0, 4] } },
    'expected pathways that differ in frames only, received slow [N, 3, 2, 2, 2] and fast [N, 1, 5, 2, 2]. Export this model with one input a pathway.',
  ],
  [
    { slow: SLOW, fast: FAST },
    { indices: { slow: [0, 1, 2] } },
    'expected 2 indices for slow, received 3.',
  ],
  [
    { slow: SLOW, fast: FAST },
    { indices: { slow: [0, 5] } },
    'expected indices for slow within 0..4, received 5.',
  ],
  [
    { slow: SLOW, fast: FAST },
    { indices: { slow: [0, 0.5] } },
    'expected indices for slow within 0..4, received 0.5.',
  ],
  [
    { slow: SLOW, fast: FAST },
    { indices: { slow: [0, 1], audio: [1] } },
    "expected indices for slow, fast, received indices for 'audio'.",
  ],
  [
    { slow: SLOW },
    { name: 'mean' },
    "expected a name for the clip that is free, received 'mean'. Choose another name.",
  ],
  [{ slow: SLOW }, { frames: 0 }, 'expected a clip of at least one frame, received 0 frames.'],
  [{ x: ['N', 3] }, {}, 'expected an input [N, C, T, H, W], received a graph without one.'],
];

test.each(wrong)('says what does not fit: %j %j', (shapes, options, message) => {
  const graph = pathways(shapes);
  expect(() => singleClipInput(graph, options)).toThrow(
    expect.objectContaining({ name: 'SpecError', message: `single clip input: ${message}` }),
  );
});
