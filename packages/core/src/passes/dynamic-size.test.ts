import { GraphBuilder } from '../ir/builder.js';
import type { Graph } from '../ir/types.js';
import { verify } from '../ir/verify.js';
import { formulaClip, formulaStore } from '../testing/formula.js';
import { interpret } from '../testing/interpreter.js';
import { requiredTensors } from '../weights/bind.js';
import { dynamicSize } from './dynamic-size.js';

/** Two pathways that are joined after strided windows, pooled over everything. */
function network(size: number, reshaped = false): Graph<'slow' | 'fast', 'y'> {
  const g = GraphBuilder.empty('test');
  const input = (name: string, t: number) =>
    g.input(name, { dtype: 'float32', shape: ['N', 3, t, size, size] });
  const [slow, fast] = [input('slow', 2), input('fast', 4)];
  const stage = (name: string, x: typeof slow) => {
    const scope = g.scope(name);
    const conv = scope.conv3d(x, { channels: 4, kernel: [1, 3, 3], stride: [1, 2, 2] });
    return scope.maxPool3d(scope.relu(scope.batchNorm(conv)), [1, 3, 3], [1, 2, 2], [0, 1, 1]);
  };
  const every = g.emit('slice', [stage('b', fast)], { axis: 2, start: 0, stop: 4, step: 2 });
  const joined = g.concat([stage('a', slow), every]);
  const [, , t, h, w] = joined.type.shape as number[];
  const rows = reshaped ? g.reshape(joined, ['N', 8, t! * h! * w!]) : joined;
  return g.build({ y: g.mean(rows, reshaped ? [2] : [2, 3, 4]) });
}

test('one graph computes what graphs of fixed sizes compute', async () => {
  const dynamic = dynamicSize(network(16));
  verify(dynamic);
  expect(dynamic.inputs.fast.type.shape).toEqual(['N', 3, 4, 'H', 'W']);
  expect(dynamic.outputs.y.type.shape).toEqual(['N', 8]);
  const required = [...requiredTensors(dynamic)].map(([name, { shape }]) => [name, shape] as const);
  const store = formulaStore(required);
  for (const size of [16, 13, 24]) {
    const feeds = {
      slow: formulaClip([1, 3, 2, size, size], 'slow'),
      fast: formulaClip([1, 3, 4, size, size], 'fast'),
    };
    const expected = await interpret(network(size), store, feeds);
    expect(await interpret(dynamic, store, feeds)).toEqual(expected);
  }
});

test('what needs a size is refused, by name', () => {
  expect(() => dynamicSize(network(16, true))).toThrow(
    'reshape: expected any height and width, but it needs a shape of as many elements as ',
  );
  const g = GraphBuilder.empty('test');
  const a = g.input('a', { dtype: 'float32', shape: ['N', 1, 2, 8, 8] });
  const b = g.input('b', { dtype: 'float32', shape: ['N', 1, 2, 8, 9] });
  const y = g.concat([g.mean(a, [2, 3, 4]), g.mean(b, [2, 3, 4])]);
  expect(() => dynamicSize(g.build({ y }))).toThrow(
    'dynamic size: expected pathways of one size, received [8, 8] and [8, 9].',
  );
});

/** Two pathways joined by a time-strided convolution, ended by a mean over all frames and windows of 2 x 2. */
function joined(
  slow: number,
  fast: number,
  lateral: 'conv' | 'slice',
): Graph<'slow' | 'fast', 'y'> {
  const g = GraphBuilder.empty('test');
  const input = (name: string, t: number) =>
    g.input(name, { dtype: 'float32', shape: ['N', 2, t, 8, 8] });
  const [a, b] = [input('slow', slow), input('fast', fast)];
  const alpha = fast / slow;
  const brought =
    lateral === 'conv'
      ? g.conv3d(b, { channels: 2, kernel: [5, 1, 1], stride: [alpha, 1, 1] })
      : g.emit('slice', [b], { axis: 2, start: 0, stop: fast, step: alpha });
  const x = g.scope('a').conv3d(g.concat([a, brought]), { channels: 3, kernel: [3, 3, 3] });
  return g.build({ y: g.mean(g.avgPool3d(x, [slow, 2, 2], [1, 1, 1]), [2, 3, 4]) });
}

test('frames in the ratio of the pathways, one graph for all', async () => {
  const dynamic = dynamicSize(joined(2, 8, 'conv'), { frames: true });
  verify(dynamic);
  expect(dynamic.inputs.slow.type.shape).toEqual(['N', 2, 'T', 'H', 'W']);
  expect(dynamic.inputs.fast.type.shape).toEqual(['N', 2, '4*T', 'H', 'W']);
  const required = [...requiredTensors(dynamic)].map(([name, { shape }]) => [name, shape] as const);
  const store = formulaStore(required);
  for (const frames of [2, 1, 5]) {
    const feeds = {
      slow: formulaClip([1, 2, frames, 8, 8], 'slow'),
      fast: formulaClip([1, 2, 4 * frames, 8, 8], 'fast'),
    };
    const { y } = await interpret(joined(frames, 4 * frames, 'conv'), store, feeds);
    const { y: own } = await interpret(dynamic, store, feeds);
    own.data.forEach((value, i) => expect(Number(value)).toBeCloseTo(Number(y.data[i]), 5));
  }
  const only = dynamicSize(joined(2, 8, 'conv'), { size: false, frames: true });
  expect(only.inputs.fast.type.shape).toEqual(['N', 2, '4*T', 8, 8]);
});

test('frames taken by their number are refused, and those of which none divides all', () => {
  expect(() => dynamicSize(joined(2, 8, 'slice'), { frames: true })).toThrow(
    'slice: expected any number of frames, height and width, but it needs a known size along axis 2, ' +
      'received [N, 2, 4*T, H, W]. Give this model a fixed number of frames, and if need be a fixed size.',
  );
  const g = GraphBuilder.empty('test');
  const a = g.input('a', { dtype: 'float32', shape: ['N', 1, 2, 8, 8] });
  const b = g.input('b', { dtype: 'float32', shape: ['N', 1, 5, 8, 8] });
  const y = g.concat([g.mean(a, [2, 3, 4]), g.mean(b, [2, 3, 4])]);
  expect(() => dynamicSize(g.build({ y }), { frames: true })).toThrow(
    'dynamic frames: expected pathways whose fewest frames divide the others, received 2 and 5.',
  );
});
