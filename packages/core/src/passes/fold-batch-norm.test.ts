import { GraphBuilder } from '../ir/builder.js';
import { printGraph } from '../ir/print.js';
import { verify } from '../ir/verify.js';
import type { Graph, Node, Value } from '../ir/types.js';
import { formulaClip, formulaStore } from '../testing/formula.js';
import { compareWithGolden } from '../testing/golden.js';
import { interpret } from '../testing/interpreter.js';
import { requiredTensors } from '../weights/bind.js';
import { foldBatchNorm } from './fold-batch-norm.js';

const SHAPE = ['N', 3, 2, 5, 5] as const;
const start = () => {
  const g = GraphBuilder.empty('test');
  return { g, x: g.input('x', { dtype: 'float32', shape: SHAPE }) };
};

async function expectSameValues(before: Graph, after: Graph): Promise<void> {
  verify(after);
  const leaves = [...requiredTensors(before)].map(([name, { shape }]) => [name, shape] as const);
  expect([...requiredTensors(after).keys()].sort()).toEqual(leaves.map(([name]) => name).sort());
  const feeds = { x: formulaClip([2, 3, 2, 5, 5]) };
  const expected = await interpret(before, formulaStore(leaves), feeds);
  const actual = await interpret(after, formulaStore(leaves), feeds);
  for (const [name, { shape, data }] of Object.entries(expected)) {
    const golden = { shape, value: Array.from(data, Number) };
    const { ok, maxAbsDiff } = compareWithGolden(actual[name]!, golden, 1e-6);
    expect({ ok, maxAbsDiff }).toEqual({ ok: true, maxAbsDiff });
  }
}

const ops = (graph: Graph): string[] => graph.nodes.map((node: Node) => `${node.name}=${node.op}`);

test('folds into a convolution without a bias', async () => {
  const { g, x } = start();
  const y = g.batchNorm(g.conv3d(x, { channels: 4, kernel: [1, 3, 3], stride: [1, 2, 2] }));
  const graph = g.build({ y });
  const after = foldBatchNorm(graph);
  expect(printGraph(after)).toBe(
    [
      'input x: float32[N, 3, 2, 5, 5]',
      'norm: float32[N, 4, 2, 3, 3] = conv3d(x, conv.weight, conv.bias) {kernel=[1, 3, 3], stride=[1, 2, 2], padding=[0, 1, 1], dilation=[1, 1, 1], groups=1, activation=identity}',
      'output y = norm',
      '',
    ].join('\n'),
  );
  expect([...after.params.keys()]).toEqual(['conv.weight', 'conv.bias']);
  expect(after.params.get('conv.weight')!.expression.kind).toBe('folded-weight');
  expect(after.params.get('conv.bias')!.expression.kind).toBe('folded-bias');
  await expectSameValues(graph, after);
});

test('folds into an existing bias, grouped and dilated', async () => {
  const { g, x } = start();
  const conv = g.conv3d(x, {
    channels: 6,
    kernel: [1, 3, 3],
    dilation: [1, 2, 2],
    groups: 3,
    bias: true,
  });
  const graph = g.build({ y: g.batchNorm(conv, { epsilon: 0.01 }) });
  const after = foldBatchNorm(graph);
  expect(ops(after)).toEqual(['norm=conv3d']);
  await expectSameValues(graph, after);
});

test('folds two norms in a row, one after the other', async () => {
  const { g, x } = start();
  const first = g.batchNorm(g.conv3d(x, { channels: 4, kernel: [1, 1, 1] }));
  const graph = g.build({ y: g.batchNorm(first, { name: 'norm2' }) });
  const once = foldBatchNorm(graph);
  expect(ops(once)).toEqual(['norm=conv3d', 'norm2=batch_norm']);
  const twice = foldBatchNorm(once);
  expect(ops(twice)).toEqual(['norm2=conv3d']);
  await expectSameValues(graph, twice);
});

type Build = (g: GraphBuilder, x: Value) => Record<string, Value>;
const CONV = { channels: 4, kernel: [1, 3, 3] } as const;

const kept: readonly (readonly [string, Build])[] = [
  [
    'the convolution is an output (a tap)',
    (g, x) => {
      const conv = g.conv3d(x, CONV);
      return { conv, y: g.batchNorm(conv) };
    },
  ],
  [
    'something else reads the convolution',
    (g, x) => {
      const conv = g.conv3d(x, CONV);
      return { y: g.add(g.batchNorm(conv), conv) };
    },
  ],
  ['an activation stands between', (g, x) => ({ y: g.batchNorm(g.relu(g.conv3d(x, CONV))) })],
  ['nothing linear stands before', (g, x) => ({ y: g.batchNorm(x) })],
  [
    'two convolutions share the weight',
    (g, x) => {
      const weight = g.param('conv.weight', [4, 3, 1, 1, 1], 'weight', { kind: 'msra' });
      const attrs = {
        kernel: [1, 1, 1],
        stride: [1, 1, 1],
        padding: [0, 0, 0],
        dilation: [1, 1, 1],
        groups: 1,
        activation: 'identity',
      } as const;
      const a = g.emit('conv3d', [x, weight], attrs, 'a');
      const b = g.emit('conv3d', [g.relu(x), weight], attrs, 'b');
      return { y: g.batchNorm(a), b };
    },
  ],
  [
    'the convolution applies an activation itself',
    (g, x) => {
      const weight = g.param('conv.weight', [4, 3, 1, 1, 1], 'weight', { kind: 'msra' });
      const conv = g.emit('conv3d', [x, weight], {
        kernel: [1, 1, 1],
        stride: [1, 1, 1],
        padding: [0, 0, 0],
        dilation: [1, 1, 1],
        groups: 1,
        activation: 'relu',
      });
      return { y: g.batchNorm(conv) };
    },
  ],
];

test.each(kept)('leaves a norm alone where %s', (_, build) => {
  const { g, x } = start();
  const graph = g.build(build(g, x));
  expect(foldBatchNorm(graph)).toEqual(graph);
});

test('an output that is the norm itself keeps its name and value', async () => {
  const { g, x } = start();
  const norm = g.batchNorm(g.conv3d(x, CONV));
  const graph = g.build({ norm, y: g.relu(norm) });
  const after = foldBatchNorm(graph);
  expect(ops(after)).toEqual(['norm=conv3d', 'relu=activation']);
  await expectSameValues(graph, after);
});

test('a new bias does not take a name that is taken', () => {
  const { g, x } = start();
  const conv = g.conv3d(x, CONV);
  const y = g.add(g.batchNorm(conv), g.emit('scale', [conv], { factor: 1 }, 'conv.bias'));
  const graph = g.build({ y });
  // Give the norm a convolution of its own again, so that the only obstacle is the name.
  const own = { ...graph, nodes: graph.nodes.filter(({ op }) => op !== 'scale' && op !== 'add') };
  const norm = own.nodes.at(-1)!.output;
  const scaled: Node = {
    op: 'scale',
    name: 'conv.bias',
    inputs: [norm],
    output: { name: 'conv.bias', type: norm.type },
    attrs: { factor: 2 },
  };
  const taken = { ...own, nodes: [...own.nodes, scaled], outputs: { y: scaled.output } };
  const after = foldBatchNorm(taken);
  verify(after);
  expect([...after.params.keys()]).toEqual(['conv.weight', 'conv.bias_2']);
});
