import { ShapeError, SpecError } from '../errors.js';
import { GraphBuilder } from './builder.js';
import { printGraph } from './print.js';
import { verify } from './verify.js';

const start = () => {
  const g = GraphBuilder.empty('model');
  return { g, x: g.input('x', { dtype: 'float32', shape: ['N', 4, 2, 6, 6] }) };
};

test('names come from scopes; a second node of a name gets a number', () => {
  const { g, x } = start();
  const block = g.scope('slow').scope('res2');
  const a = block.relu(block.conv3d(x, { channels: 8, kernel: [1, 3, 3], name: 'a' }));
  const b = block.relu(block.batchNorm(a));
  const graph = g.build({ b });
  verify(graph);
  expect(graph.nodes.map(({ name }) => name)).toEqual([
    'slow.res2.a',
    'slow.res2.relu',
    'slow.res2.norm',
    'slow.res2.relu_2',
  ]);
  expect([...graph.params.keys()]).toEqual([
    'slow.res2.a.weight',
    'slow.res2.norm.weight',
    'slow.res2.norm.bias',
    'slow.res2.norm.running_mean',
    'slow.res2.norm.running_var',
  ]);
  expect(block.site).toBe('slow.res2');
});

test('padding defaults to half of the dilated kernel', () => {
  const { g, x } = start();
  const y = g.conv3d(x, { channels: 4, kernel: [1, 3, 3], dilation: [1, 2, 2] });
  expect(y.type.shape).toEqual(['N', 4, 2, 6, 6]);
});

test('parameters carry role and initialiser', () => {
  const { g, x } = start();
  const conv = g.conv3d(x, { channels: 6, kernel: [1, 1, 1], groups: 2, bias: true });
  const norm = g.batchNorm(conv, { initialScale: 0 });
  const { params } = g.build({ y: g.linear(g.mean(norm, [2, 3, 4]), 3, 'fc', 0.02) });
  expect([...params.values()].map((p) => [p.name, p.role, p.type.shape])).toEqual([
    ['conv.weight', 'weight', [6, 2, 1, 1, 1]],
    ['conv.bias', 'bias', [6]],
    ['norm.weight', 'norm-scale', [6]],
    ['norm.bias', 'norm-shift', [6]],
    ['norm.running_mean', 'running-mean', [6]],
    ['norm.running_var', 'running-variance', [6]],
    ['fc.weight', 'weight', [3, 6]],
    ['fc.bias', 'bias', [3]],
  ]);
  const inits = [...params.values()].map((p) => 'init' in p.expression && p.expression.init);
  expect(inits).toEqual([
    { kind: 'msra' },
    { kind: 'constant', value: 0 },
    { kind: 'constant', value: 0 },
    { kind: 'constant', value: 0 },
    { kind: 'constant', value: 0 },
    { kind: 'constant', value: 1 },
    { kind: 'normal', std: 0.02 },
    { kind: 'constant', value: 0 },
  ]);
});

test('what does nothing adds no node', () => {
  const { g, x } = start();
  expect(g.activation(x, 'identity')).toBe(x);
  expect(g.dropout(x, 0)).toBe(x);
});

test('a graph that was built does not change with its builder', () => {
  const { g, x } = start();
  const graph = g.build({ y: g.relu(x) });
  const text = printGraph(graph);
  g.conv3d(x, { channels: 1, kernel: [1, 1, 1] });
  expect(printGraph(graph)).toBe(text);
  expect(graph.params.size).toBe(0);
});

test('labels name values in errors', () => {
  const { g, x } = start();
  expect(g.labelOf(x)).toBe('x');
  g.label(x, 'slow.res4');
  expect(g.scope('inner').labelOf(x)).toBe('slow.res4');
});

describe('errors', () => {
  test('a layer name that is taken', () => {
    const { g, x } = start();
    g.conv3d(x, { channels: 4, kernel: [1, 1, 1] });
    const again = () => g.conv3d(x, { channels: 4, kernel: [1, 1, 1] });
    expect(again).toThrow(SpecError);
    expect(again).toThrow(
      "model: expected each name once in a graph, received 'conv.weight' a second time. Put the layers in scopes of their own, or name them.",
    );
  });

  test.each([0, 2.5, NaN])('%d output channels', (channels) => {
    const { g, x } = start();
    expect(() => g.scope('res2').conv3d(x, { channels, kernel: [1, 1, 1] })).toThrow(
      `res2.conv: expected a whole number of output channels of at least 1, received ${channels}. Choose a width that the channel ratio divides.`,
    );
  });

  test('channels that are not known', () => {
    const g = GraphBuilder.empty('model');
    const x = g.input('x', { dtype: 'float32', shape: ['N', 'C', 2, 6, 6] });
    expect(() => g.batchNorm(x)).toThrow(
      'model: expected a value [N, C, ...] of known C, received [N, C, 2, 6, 6].',
    );
  });

  test('features that are not known', () => {
    const g = GraphBuilder.empty('model');
    const x = g.input('x', { dtype: 'float32', shape: ['N', 'C'] });
    expect(() => g.linear(x, 3)).toThrow('model: expected a known last dimension, received C.');
  });

  test('mismatches are reported at the node, and at the site where there is one', () => {
    const { g, x } = start();
    const y = g.mean(x, [2]);
    expect(() => g.scope('slow').add(x, y)).toThrow(ShapeError);
    expect(() => g.scope('slow').add(x, y)).toThrow(
      'slow.add: expected two values of one shape, or 1 where they differ, received [N, 4, 2, 6, 6] and [N, 4, 6, 6].',
    );
    expect(() => g.scope('slow', 'lateral[fast->slow].res2').add(x, y)).toThrow(
      'lateral[fast->slow].res2 (add): expected two values of one shape, or 1 where they differ, received [N, 4, 2, 6, 6] and [N, 4, 6, 6].',
    );
  });

  test('parts report at their site', () => {
    const { g } = start();
    const fail = () => g.scope('head').fail('two pathways', 'three', 'Name the pathways');
    expect(fail).toThrow(ShapeError);
    expect(fail).toThrow('head: expected two pathways, received three. Name the pathways.');
  });
});
