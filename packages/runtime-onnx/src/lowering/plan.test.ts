import { GraphBuilder, type Graph } from '@slowfast/core';
import { compareWithGolden, formulaClip, formulaStore, interpret } from '@slowfast/core/testing';
import { layerText, onnxBytes, onnxRuntime, planLowering, type LoweringPlan } from '../index.js';
import { defaultLowering } from '../session/onnx-runtime.js';
import { lowerGraph } from './lower-graph.js';
import { canTake, isWindow } from './plan.js';

/** A Fast pathway in small: a thin stem, a block with a temporal kernel, a head with a mean over time. */
function thinNetwork(size: number | string): Graph {
  const g = GraphBuilder.empty('thin');
  const x = g.input('fast', { dtype: 'float32', shape: ['N', 3, 7, size, size] });
  const stem = g.scope('stem');
  const wide = stem.relu(stem.conv3d(x, { channels: 8, kernel: [5, 7, 7], stride: [1, 2, 2] }));
  const pooled = stem.maxPool3d(wide, [1, 3, 3], [1, 2, 2], [0, 1, 1]);
  const block = g.scope('block');
  const a = block.relu(block.conv3d(pooled, { channels: 8, kernel: [3, 1, 1], name: 'a' }));
  const b = block.conv3d(a, { channels: 8, kernel: [1, 3, 3], name: 'b' });
  return g.build({ y: g.mean(block.relu(block.add(pooled, b)), [2, 3, 4]) });
}

const weightsOf = (graph: Graph): ReturnType<typeof formulaStore> =>
  formulaStore([...graph.params].map(([name, { type }]) => [name, type.shape as number[]]));

test('the rule: frame by frame, and thin stems two frames at once', () => {
  const plan = [...planLowering(thinNetwork(16))].map(([name, layer]) => [name, layerText(layer)]);
  expect(plan).toEqual([
    ['stem.conv', '2 ← 1 frames'],
    ['stem.max_pool3d', '1 ← 1 frames'],
    ['block.a', '1 ← 1 frames'],
    ['block.b', '1 ← 1 frames'],
  ]);
});

test('what cannot be computed frame by frame stays as it is', () => {
  const g = GraphBuilder.empty('test');
  const known = g.input('known', { dtype: 'float32', shape: ['N', 3, 4, 8, 8] });
  const unknown = g.input('unknown', { dtype: 'float32', shape: ['N', 3, 'T', 8, 8] });
  const outputs = {
    frames: g.conv3d(unknown, { channels: 4, kernel: [1, 3, 3], name: 'frames' }),
    mean: g.avgPool3d(known, [4, 8, 8], [1, 1, 1]),
    padded: g.conv3d(known, { channels: 4, kernel: [1, 1, 1], padding: [1, 0, 0], name: 'padded' }),
  };
  expect([...planLowering(g.build(outputs)).values()]).toEqual(['plain', 'plain', 'plain']);
});

test('frames whose size each run chooses are not taken apart', () => {
  expect([...planLowering(thinNetwork('H')).values()]).toEqual(Array(4).fill('plain'));
});

test('only convolutions without groups take blocks', () => {
  const g = GraphBuilder.empty('test');
  const x = g.input('x', { dtype: 'float32', shape: ['N', 4, 4, 8, 8] });
  const grouped = g.conv3d(x, { channels: 4, kernel: [3, 1, 1], groups: 2, name: 'grouped' });
  const pooled = g.maxPool3d(grouped, [1, 2, 2], [1, 2, 2]);
  const dense = g.conv3d(pooled, { channels: 4, kernel: [3, 1, 1], name: 'dense' });
  const nodes = g.build({ dense }).nodes.filter(isWindow);
  const takes = (outputs: number, inputs: number): readonly boolean[] =>
    nodes.map((node) => canTake(node, { outputs, inputs }));
  expect(takes(1, 1)).toEqual([true, true, true]);
  expect(takes(2, 1)).toEqual([false, false, true]);
  expect(takes(1, 4)).toEqual([false, false, true]);
  expect(takes(0, 1)).toEqual([false, false, false]);
  expect(takes(1, 1.5)).toEqual([false, false, false]);
});

test('a network that stays frame by frame moves nothing in between', () => {
  const graph = thinNetwork(16);
  const nodes = (plan: LoweringPlan): Record<string, number> => {
    const counts: Record<string, number> = {};
    for (const { operator } of lowerGraph(graph, 'float32', plan).nodes) {
      counts[operator] = (counts[operator] ?? 0) + 1;
    }
    return counts;
  };
  expect(nodes(planLowering(graph))).toEqual({
    // The clip into frames, and pairs of pooled frames into frames.
    Gather: 7,
    Slice: 7,
    // Blocks 0-1, 2-3, 4-5 and 6 of the stem meet 4, 6, 5 and 3 frames; 3 taps a frame, but 2 at both ends.
    Conv: 4 + 6 + 5 + 3 + (3 * 7 - 2) + 7,
    Add: 3 + 5 + 4 + 2 + (2 * 7 - 2) + 7,
    Relu: 4 + 7 + 7,
    MaxPool: 4,
    // The features as a whole, for the mean.
    Unsqueeze: 7,
    Concat: 1,
    ReduceMean: 1,
  });
  expect(nodes(new Map())).toEqual({ Conv: 3, Relu: 3, MaxPool: 1, Add: 1, ReduceMean: 1 });
});

test('frames that were computed together are read together where a layer asks for that', async () => {
  const graph = thinNetwork(16);
  const plan: LoweringPlan = new Map([
    ...planLowering(graph),
    ['block.a', { outputs: 2, inputs: 2 }],
    ['block.b', { outputs: 1, inputs: 2 }],
  ]);
  const operators = lowerGraph(graph, 'float32', plan).nodes.map(({ name, operator }) => ({
    name,
    operator,
  }));
  // Pairs are taken apart for the sum with what the block reads, and nowhere joined but at the end.
  expect(operators.filter(({ operator }) => operator === 'Slice').map(({ name }) => name)).toEqual(
    Array.from({ length: 7 }, (_, t) => `stem.max_pool3d/t${t}/Slice`),
  );
  expect(operators.filter(({ operator }) => operator === 'Concat')).toHaveLength(1);
  const weights = weightsOf(graph);
  const options = { threads: 1, lowering: plan, optimize: false };
  await using model = await onnxRuntime(options).compile({ name: 'thin', graph }, weights);
  const feeds = { fast: formulaClip([2, 3, 7, 16, 16]) };
  const { y } = await interpret(graph, weights, feeds);
  const golden = { shape: y!.shape, value: Array.from(y!.data, Number) };
  const result = compareWithGolden((await model.run(feeds))['y']!, golden, 1e-5);
  expect(result).toMatchObject({ ok: true });
});

test('height and width may be known only when running, in frames too', async () => {
  const graph = thinNetwork('S');
  const weights = weightsOf(graph);
  const lowering = planLowering(thinNetwork(16));
  await using model = await onnxRuntime({ threads: 1, lowering, optimize: false }).compile(
    { name: 'thin', graph },
    weights,
  );
  const feeds = { fast: formulaClip([2, 3, 7, 22, 22]) };
  const { y } = await interpret(graph, weights, feeds);
  const golden = { shape: y!.shape, value: Array.from(y!.data, Number) };
  expect(compareWithGolden((await model.run(feeds))['y']!, golden, 1e-5)).toMatchObject({
    ok: true,
  });
});

test('files hold the plain graph unless told otherwise; the processor runs the lowered one', async () => {
  const graph = thinNetwork(16);
  const weights = weightsOf(graph);
  const bytes = (lowering?: 'auto' | 'none'): Promise<Uint8Array> =>
    onnxBytes({ name: 'thin', graph }, weights, lowering ? { lowering } : {});
  expect(await bytes()).toEqual(await bytes('none'));
  expect((await bytes('auto')).byteLength).toBeGreaterThan((await bytes()).byteLength);
  const providers = ['cpu', 'wasm', 'webgpu', 'cuda', 'tensorrt', 'coreml', 'dml'] as const;
  expect(providers.filter((provider) => defaultLowering(provider) === 'auto')).toEqual(['cpu']);
});

test.each([
  ['no.such.layer', 'plain', 'plain of no layer of this name'],
  ['stem.relu', { outputs: 1, inputs: 1 }, '1 ← 1 frames of activation'],
  ['stem.max_pool3d', { outputs: 2, inputs: 1 }, '2 ← 1 frames of max_pool3d'],
  ['block.a', { outputs: 0, inputs: 1 }, '0 ← 1 frames of conv3d'],
] as const)('a plan that does not fit is refused: %s %j', async (layer, lowering, received) => {
  const graph = thinNetwork(16);
  const plan: LoweringPlan = new Map([[layer, lowering]]);
  const exporting = onnxBytes({ name: 'thin', graph }, weightsOf(graph), {
    optimize: false,
    lowering: plan,
  });
  await expect(exporting).rejects.toMatchObject({
    name: 'SpecError',
    message:
      `lowering of ${layer}: expected a layer and a lowering that it can take, received ${received}. ` +
      'Start from planLowering(graph) and change the layers that it names.',
  });
});
