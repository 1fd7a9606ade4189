import { GraphBuilder } from '../ir/builder.js';
import { prepareForInference } from '../passes/pipeline.js';
import { graphCost, groupedCost } from './graph-cost.js';

function network() {
  const g = GraphBuilder.empty('test');
  const x = g.input('x', { dtype: 'float32', shape: ['N', 3, 4, 8, 8] });
  const stem = g.scope('stem');
  const a = stem.relu(
    stem.batchNorm(stem.conv3d(x, { channels: 8, kernel: [3, 3, 3], stride: [1, 2, 2] })),
  );
  const b = g.scope('deep').conv3d(a, { channels: 8, kernel: [1, 3, 3], groups: 8, bias: true });
  return g.build({ y: g.scope('head').linear(g.mean(b, [2, 3, 4]), 5) });
}

// By hand: [8, 4, 4, 4] = 512 outputs of 3·27 products; 512 of 9; 8 · 5.
const STEM_MACS = 512 * 81;
const DEEP_MACS = 512 * 9;
const HEAD_MACS = 40;
// conv, gamma and beta; depthwise weight and bias; linear weight and bias.
const STEM_PARAMETERS = 8 * 3 * 27 + 16;
const DEEP_PARAMETERS = 8 * 9 + 8;
const HEAD_PARAMETERS = 45;

test('multiply-adds, parameters and activations of a small network', () => {
  const cost = graphCost(network());
  expect(cost.multiplyAdds).toBe(STEM_MACS + DEEP_MACS + HEAD_MACS);
  expect(cost.convLinear).toBe(cost.multiplyAdds);
  expect(cost.parameters).toBe(STEM_PARAMETERS + DEEP_PARAMETERS + HEAD_PARAMETERS);
  // conv, norm, relu and the depthwise convolution hold 512 elements each, then 8 and 5.
  expect(cost.activationBytes).toBe(4 * (4 * 512 + 8 + 5));
  expect(cost.nodes.map(({ node }) => node.op)).toEqual([
    'conv3d',
    'batch_norm',
    'activation',
    'conv3d',
    'reduce',
    'linear',
  ]);
});

test('folding and fusing change activations but neither parameters nor multiply-adds', () => {
  const [before, after] = [graphCost(network()), graphCost(prepareForInference(network()))];
  expect(after.parameters).toBe(before.parameters);
  expect(after.multiplyAdds).toBe(before.multiplyAdds);
  expect(after.activationBytes).toBe(4 * (2 * 512 + 8 + 5));
});

test('groups by what the caller says', () => {
  const groups = groupedCost(graphCost(network()), ({ name }) => name.split('.')[0]!);
  expect([...groups.keys()]).toEqual(['stem', 'deep', 'mean', 'head']);
  expect(groups.get('stem')).toEqual({
    parameters: STEM_PARAMETERS,
    multiplyAdds: STEM_MACS,
    convLinear: STEM_MACS,
    activationBytes: 4 * 3 * 512,
  });
  expect(groups.get('deep')!.parameters).toBe(DEEP_PARAMETERS);
  expect(groups.get('mean')).toEqual({
    parameters: 0,
    multiplyAdds: 0,
    convLinear: 0,
    activationBytes: 4 * 8,
  });
  expect(groups.get('head')!.multiplyAdds).toBe(HEAD_MACS);
});

test('matrix products count as multiply-adds, but not as convolutions', () => {
  const g = GraphBuilder.empty('test');
  const a = g.input('a', { dtype: 'float32', shape: ['N', 4, 6] });
  const b = g.input('b', { dtype: 'float32', shape: ['N', 6, 5] });
  const cost = graphCost(g.build({ y: g.softmax(g.matmul(a, b), 2) }));
  expect(cost.multiplyAdds).toBe(4 * 6 * 5);
  expect(cost.convLinear).toBe(0);
});

test('a parameter that two nodes share counts once', () => {
  const g = GraphBuilder.empty('test');
  const x = g.input('x', { dtype: 'float32', shape: ['N', 4] });
  const weight = g.param('weight', [4, 4], 'weight', { kind: 'msra' });
  const once = g.emit('linear', [x, weight], {});
  const cost = graphCost(g.build({ y: g.emit('linear', [once, weight], {}) }));
  expect(cost.parameters).toBe(16);
  expect(cost.multiplyAdds).toBe(32);
});

describe('peak activation memory', () => {
  const input = (g: GraphBuilder) => g.input('x', { dtype: 'float32', shape: ['N', 10] });
  const scaled = (g: GraphBuilder, x: ReturnType<typeof input>) =>
    g.emit('scale', [x], { factor: 2 });

  test('a chain holds input, source and result', () => {
    const g = GraphBuilder.empty('test');
    const x = input(g);
    const y = scaled(g, scaled(g, scaled(g, x)));
    expect(graphCost(g.build({ y })).peakActivationBytes).toBe(4 * 30);
  });

  test('a shortcut lives until it is added', () => {
    const g = GraphBuilder.empty('test');
    const shortcut = scaled(g, input(g));
    const y = g.add(scaled(g, scaled(g, shortcut)), shortcut);
    // Input, shortcut, and two of the chain at the second scaling and at the sum.
    expect(graphCost(g.build({ y })).peakActivationBytes).toBe(4 * 40);
  });

  test('outputs live to the end, dead values die at once', () => {
    const g = GraphBuilder.empty('test');
    const x = input(g);
    const first = scaled(g, x);
    scaled(g, x);
    const y = scaled(g, scaled(g, x));
    // Input, the first output, and two of the chain.
    expect(graphCost(g.build({ first, y })).peakActivationBytes).toBe(4 * 40);
  });

  test('a graph without nodes holds its inputs', () => {
    const g = GraphBuilder.empty('test');
    const y = input(g);
    expect(graphCost(g.build({ y }))).toMatchObject({
      peakActivationBytes: 40,
      activationBytes: 0,
    });
  });
});

test('a graph whose size each run may choose has no cost', () => {
  const g = GraphBuilder.empty('test');
  const x = g.input('clip', { dtype: 'float32', shape: ['N', 3, 8, 'H', 'W'] });
  const graph = g.build({ y: g.relu(x) });
  expect(() => graphCost(graph)).toThrow(
    'cost, input clip: expected sizes that are known but for clips (N) and regions (R), received ' +
      '[N, 3, 8, H, W]. Take the cost of the graph before dynamicSize.',
  );
});
