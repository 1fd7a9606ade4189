/** @file int8 models as ONNX Runtime computes them, against float and against what their codes say. */
import {
  GraphBuilder,
  float32Tensor,
  memoryStore,
  prepareForInference,
  type Graph,
  type HostTensor,
  type ModelMetadata,
  type WeightStore,
} from '@slowfast/core';
import { formulaClip, formulaStore, interpret } from '@slowfast/core/testing';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { loadOnnx, onnxBytes, onnxRuntime, type OnnxOptions } from '../index.js';
import { calibrate } from './calibrate.js';
import { activationCode, weightScales } from './codes.js';
import { quantizedParts } from './quantized-parts.js';

const SESSION = { backend: 'node', threads: 1 } as const;
const storeOf = (graph: Graph): WeightStore =>
  formulaStore([...graph.params].map(([name, { type }]) => [name, type.shape as number[]]));

/** Both pathways of a network in small: stems, a lateral connection, bottlenecks, a head. */
function twoPathways(): Graph {
  const g = GraphBuilder.empty('two');
  type Kernel = readonly [number, number, number];
  const layer = (
    scope: GraphBuilder,
    x: ReturnType<typeof g.relu>,
    channels: number,
    kernel: Kernel,
    stride: Kernel = [1, 1, 1],
  ) => scope.batchNorm(scope.conv3d(x, { channels, kernel, stride }));
  const stem = (name: string, frames: number, channels: number) => {
    const s = g.scope(name);
    const x = g.input(name, { dtype: 'float32', shape: ['N', 3, frames, 20, 20] });
    const wide = s.relu(layer(s, x, channels, [name === 'fast' ? 5 : 1, 3, 3], [1, 2, 2]));
    return s.maxPool3d(wide, [1, 3, 3], [1, 2, 2], [0, 1, 1]);
  };
  const fast = stem('fast', 8, 16);
  const lateral = g.scope('lateral');
  const sent = lateral.relu(layer(lateral, fast, 32, [5, 1, 1], [4, 1, 1]));
  const fused = g.concat([stem('slow', 2, 16), sent]);
  const ends = [fused, fast].map((x, i) => {
    const block = g.scope(`block${i}`);
    const a = block.relu(layer(block.scope('a'), x, 16, [3, 1, 1]));
    const b = block.relu(layer(block.scope('b'), a, 16, [1, 3, 3], [1, 2, 2]));
    const c = layer(block.scope('c'), b, 48, [1, 1, 1]);
    const shortcut = layer(block.scope('shortcut'), x, 48, [1, 1, 1], [1, 2, 2]);
    return g.mean(block.relu(block.add(shortcut, c)), [2, 3, 4]);
  });
  return g.build({ features: g.concat(ends), scores: g.linear(g.concat(ends), 5) });
}

const graph = twoPathways();
const model = { name: 'two', graph };
const weights = storeOf(graph);
const feeds = {
  slow: formulaClip([2, 3, 2, 20, 20], 'slow'),
  fast: formulaClip([2, 3, 8, 20, 20], 'fast'),
};
const calibration = await calibrate(model, weights, [feeds], { ...SESSION, combine: 'max' });
const INT8 = { precision: 'int8', calibration } as const;

async function outputsOf(options: OnnxOptions): Promise<Readonly<Record<string, HostTensor>>> {
  await using compiled = await onnxRuntime(options).compile(model, weights);
  return compiled.run(feeds);
}

const numbers = ({ data }: HostTensor): readonly number[] => Array.from(data as Float32Array);

const distance = (a: HostTensor, b: HostTensor): number =>
  Math.max(...numbers(a).map((value, i) => Math.abs(value - Number(b.data[i]))));

let folder = '';
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'slowfast-int8-'))));
afterAll(() => rm(folder, { recursive: true }));

test('one layer is float but for its steps', async () => {
  const g = GraphBuilder.empty('layer');
  const x = g.input('x', { dtype: 'float32', shape: ['N', 16, 2, 6, 6] });
  const conv = g.conv3d(x, { channels: 16, kernel: [3, 3, 3], bias: true });
  const one = { name: 'layer', graph: g.build({ y: g.relu(conv) }) };
  const store = storeOf(one.graph);
  const clip = { x: formulaClip([2, 16, 2, 6, 6], 'x') };
  const ranges = await calibrate(one, store, [clip], { ...SESSION, combine: 'max' });
  await using compiled = await onnxRuntime(SESSION).compile(one, store, {
    precision: 'int8',
    calibration: ranges,
  });
  const actual = (await compiled.run(clip)).y.data as Float32Array;
  const expected = (await interpret(one.graph, store, clip)).y.data as Float32Array;
  // By the triangle inequality: each product is off by half a step of one factor times the other, the bias
  // by half a step, the result by half a step.
  const weight = (await store.read('conv.weight')).data as Float32Array;
  const products = weight.length / 16;
  const inputScale = activationCode(ranges.ranges['x']!).scale;
  const outputScale = activationCode(ranges.ranges['relu']!).scale;
  const scales = weightScales({ weight, bias: undefined, channels: 16, inputScale });
  const largestX = Math.max(...clip.x.data.map(Math.abs)) + inputScale / 2;
  const bounds = Array.from(scales, (scale, channel) => {
    const of = weight.subarray(channel * products, (channel + 1) * products);
    const sum = of.reduce((total, w) => total + Math.abs(w), 0);
    return (sum * inputScale + products * largestX * scale + scale * inputScale + outputScale) / 2;
  });
  const isOutside = (value: number, i: number): boolean =>
    Math.abs(value - expected[i]!) > bounds[Math.floor(i / (2 * 6 * 6)) % 16]!;
  expect(Array.from(actual).filter(isOutside)).toEqual([]);
  // Errors are as often up as down, so that most of them cancel: a few steps of the result are left.
  const off = actual.map((value, i) => Math.abs(value - expected[i]!) / outputScale);
  expect(Math.max(...off)).toBeLessThan(5);
});

test('a network is within a step of float for each value that is codes', async () => {
  const steps = quantizedParts(prepareForInference(graph)).ranges.size;
  expect(steps).toBe(14);
  const [float, int8] = [await outputsOf(SESSION), await outputsOf({ ...SESSION, ...INT8 })];
  const largest = Math.max(...numbers(float['features']!));
  expect(distance(float['features']!, int8['features']!)).toBeLessThan((steps * largest) / 255);
  expect(distance(float['features']!, int8['features']!)).toBeGreaterThan(0);
});

test.each<OnnxOptions>([
  { backend: 'node', lowering: 'none' },
  { backend: 'web' },
  { backend: 'node', threads: 2, input: 'pathways' },
])('%j computes with the same codes', async (options) => {
  const [one, other] = [
    await outputsOf({ ...SESSION, ...INT8 }),
    await outputsOf({ threads: 1, ...options, ...INT8 }),
  ];
  // Sums of codes are exact; where a result lies between two codes, float stems decide which it is.
  const largest = Math.max(...numbers(one['features']!));
  expect(distance(one['features']!, other['features']!)).toBeLessThan((2 * largest) / 255);
});

test('a file runs in a plain session, in which all its layers are fused, and says what it is', async () => {
  const bytes = await onnxBytes(model, weights, INT8);
  const optimizedModelFilePath = join(folder, 'fused.onnx');
  const session = await InferenceSession.create(bytes, { optimizedModelFilePath });
  const results = await session.run({
    slow: new Tensor('float32', feeds.slow.data, feeds.slow.shape),
    fast: new Tensor('float32', feeds.fast.data, feeds.fast.shape),
  });
  const expected = (await outputsOf({ ...SESSION, ...INT8 }))['scores']!;
  const scores = results['scores']!.data as Float32Array;
  expect(distance(float32Tensor([2, 5], scores), expected)).toBeLessThan(0.02);
  const fused = (await readFile(optimizedModelFilePath)).toString('latin1');
  const { layers } = quantizedParts(prepareForInference(graph));
  expect(layers.size).toBe(9);
  // The name of the operator is a field of its own: tag 4, its length.
  expect(fused.split('"\u000bQLinearConv').length - 1).toBe(layers.size);
  await using loaded = await loadOnnx(bytes, SESSION);
  expect(loaded.metadata).toEqual({ precision: 'int8' });
});

test('an int8 file takes little more than a byte a weight', async () => {
  const g = GraphBuilder.empty('wide');
  const x = g.input('x', { dtype: 'float32', shape: ['N', 64, 3, 4, 4] });
  const wide = {
    name: 'wide',
    graph: g.build({ y: g.conv3d(x, { channels: 64, kernel: [3, 3, 3] }) }),
  };
  const store = storeOf(wide.graph);
  const ranges = await calibrate(wide, store, [{ x: formulaClip([1, 64, 3, 4, 4], 'x') }], SESSION);
  const bytes = await onnxBytes(wide, store, { precision: 'int8', calibration: ranges });
  const parameters = 64 * 64 * 27;
  expect(bytes.byteLength).toBeGreaterThan(parameters);
  expect(bytes.byteLength).toBeLessThan(1.03 * parameters);
});

test('constant and zero activations give numbers', async () => {
  const zeros = memoryStore(
    [...graph.params].map(([name, { type }]) => {
      const data = new Float32Array((type.shape as number[]).reduce((a, b) => a * b, 1));
      return [name, float32Tensor(type.shape as number[], data)] as const;
    }),
  );
  const still = {
    slow: float32Tensor([1, 3, 2, 20, 20], new Float32Array(3 * 2 * 400)),
    fast: float32Tensor([1, 3, 8, 20, 20], new Float32Array(3 * 8 * 400)),
  };
  for (const store of [zeros, weights]) {
    const found = await calibrate(model, store, [still], SESSION);
    const options = { precision: 'int8', calibration: found } as const;
    await using float = await onnxRuntime(SESSION).compile(model, store);
    await using int8 = await onnxRuntime(SESSION).compile(model, store, options);
    const [a, b] = [await float.run(still), await int8.run(still)];
    expect(numbers(b['scores']!).every(Number.isFinite)).toBe(true);
    expect(distance(a['scores']!, b['scores']!)).toBeLessThan(0.02);
  }
});

/** A non-local block, frames that are taken by strides, and a gate, around layers of codes. */
function odd(size: number): Graph {
  const g = GraphBuilder.empty('odd');
  const x = g.input('x', { dtype: 'float32', shape: ['N', 16, 4, size, size] });
  const conv = (name: string, from: typeof x, channels = 16) =>
    g.conv3d(from, { channels, kernel: [1, 1, 1], bias: true, name });
  const flat = (from: typeof x) => g.reshape(from, ['N', 16, 4 * size * size]);
  const theta = g.transpose(flat(conv('nonlocal.theta', x)), [0, 2, 1]);
  const affinity = g.softmax(g.matmul(theta, flat(conv('nonlocal.phi', x))), 2);
  const values = g.transpose(flat(conv('nonlocal.g', x)), [0, 2, 1]);
  const mixed = g.transpose(g.matmul(affinity, values), [0, 2, 1]);
  const sum = g.add(x, conv('nonlocal.out', g.reshape(mixed, ['N', 16, 4, size, size])));
  const gate = g.activation(conv('gate', g.mean(sum, [2, 3, 4], true)), 'sigmoid');
  const gated = g.emit('mul', [conv('expand', sum), gate], {});
  const sampled = g.emit('slice', [gated], { axis: 2, start: 0, stop: 4, step: 2 });
  return g.build({ y: g.avgPool3d(conv('last', sampled, 32), [2, 2, 2], [1, 1, 1]) });
}

test('whatever lies between layers of codes', async () => {
  const one = { name: 'odd', graph: odd(4) };
  const store = storeOf(one.graph);
  const clip = { x: formulaClip([2, 16, 4, 4, 4], 'x') };
  const found = await calibrate(one, store, [clip], { ...SESSION, combine: 'max' });
  const options = { precision: 'int8', calibration: found } as const;
  await using float = await onnxRuntime(SESSION).compile(one, store);
  await using int8 = await onnxRuntime(SESSION).compile(one, store, options);
  const [a, b] = [(await float.run(clip))['y']!, (await int8.run(clip))['y']!];
  const { ranges, layers } = quantizedParts(one.graph);
  expect(layers.size).toBe(7);
  const largest = Math.max(...numbers(a).map(Math.abs));
  expect(distance(a, b)).toBeLessThan((ranges.size * 2 * largest) / 255);
});

test('one clip as input, any size, and layers that stay float', async () => {
  const metadata: ModelMetadata = {
    preprocessing: {
      clip: { frames: 8, stride: 1, fps: 30 },
      sampling: 'pyslowfast',
      pathways: { slow: { frames: 2, rule: 'linspace' }, fast: { frames: 8, rule: 'linspace' } },
      resize: 20,
      crop: 20,
      mean: [0, 0, 0],
      std: [1, 1, 1],
      channelOrder: 'rgb',
      activation: 'none',
      views: { clips: 1, crops: 1, combine: 'mean' },
    },
  };
  const options = { ...SESSION, ...INT8, metadata, input: 'clip', size: 'dynamic' } as const;
  await using compiled = await onnxRuntime(options).compile(model, weights);
  expect(compiled.inputs).toEqual({ clip: ['N', 3, 8, 'H', 'W'] });
  expect(compiled.metadata).toEqual({ ...metadata, precision: 'int8' });
  for (const side of [20, 28]) {
    const results = await compiled.run({ clip: formulaClip([1, 3, 8, side, side]) });
    expect(results['scores']!.shape).toEqual([1, 5]);
  }
  const keepFloat = [...quantizedParts(prepareForInference(graph)).layers];
  const kept = await outputsOf({ ...SESSION, ...INT8, keepFloat });
  expect(kept).toEqual(await outputsOf(SESSION));
});

test('a value that is an output is what its codes say', async () => {
  const g = GraphBuilder.empty('out');
  const x = g.input('x', { dtype: 'float32', shape: ['N', 16, 1, 2, 2] });
  const y = g.conv3d(x, { channels: 16, kernel: [1, 1, 1] });
  const one = { name: 'out', graph: g.build({ x2: x, y, again: y }) };
  const store = storeOf(one.graph);
  const clip = { x: formulaClip([1, 16, 1, 2, 2], 'x') };
  const found = await calibrate(one, store, [clip], SESSION);
  const options = { precision: 'int8', calibration: found } as const;
  await using compiled = await onnxRuntime(SESSION).compile(one, store, options);
  const results = await compiled.run(clip);
  expect(results.again).toEqual(results.y);
  const { scale } = activationCode(found.ranges[y.name]!);
  for (const value of results.y.data) {
    expect(Math.abs(Number(value) / scale - Math.round(Number(value) / scale))).toBeLessThan(1e-3);
  }
});

test('without a calibration', async () => {
  await expect(onnxBytes(model, weights, { precision: 'int8' })).rejects.toThrow(
    "two: expected a calibration for precision 'int8', received none. " +
      'Give options.calibration, which calibrate(model, weights, clips) measures.',
  );
});

test('a calibration of another model', async () => {
  const missing = Object.keys(calibration.ranges).at(-1)!;
  const others = Object.entries(calibration.ranges).filter(([name]) => name !== missing);
  const ranges = Object.fromEntries(others);
  await expect(
    onnxBytes(model, weights, { precision: 'int8', calibration: { ...calibration, ranges } }),
  ).rejects.toThrow(
    `${missing}: expected a range in the calibration, received ranges of ` +
      `${Object.keys(ranges).length} other values of two. ` +
      'Calibrate this very model, with the same layers in float.',
  );
});
