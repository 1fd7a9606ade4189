import { GraphBuilder, memoryStore, type Graph, type HostTensor } from '@slowfast/core';
import {
  compareWithGolden,
  formulaClip,
  formulaStore,
  interpret,
  trainingCases,
} from '@slowfast/core/testing';
import { onnxRuntime } from '../index.js';
import { lowerGraph } from './lower-graph.js';

const operators = (graph: Graph): readonly string[] =>
  lowerGraph(graph, 'float32', new Map()).nodes.map(({ operator, name }) => `${operator} ${name}`);

function graphWith(symbols: readonly string[]): {
  g: GraphBuilder;
  x: ReturnType<GraphBuilder['input']>;
} {
  const g = GraphBuilder.empty('test');
  const x = g.input('x', { dtype: 'float32', shape: [...symbols, 2, 3] });
  return { g, x };
}

async function expectSameAsInterpreter(
  graph: Graph,
  feeds: Readonly<Record<string, HostTensor>>,
): Promise<Record<string, HostTensor>> {
  const weights = formulaStore(
    [...graph.params].map(([name, { type }]) => [name, type.shape as number[]]),
  );
  await using model = await onnxRuntime({ threads: 1 }).compile({ name: 'test', graph }, weights);
  const actual = await model.run(feeds);
  for (const [name, expected] of Object.entries(await interpret(graph, weights, feeds))) {
    const golden = { shape: expected.shape, value: Array.from(expected.data, Number) };
    expect(compareWithGolden(actual[name]!, golden, 1e-6)).toMatchObject({ ok: true });
  }
  return actual;
}

test('nodes keep the names of the graph', () => {
  const g = GraphBuilder.empty('test');
  const x = g.input('slow', { dtype: 'float32', shape: ['N', 3, 4, 8, 8] });
  const stem = g.scope('slow').scope('stem');
  const conv = stem.conv3d(x, { channels: 2, kernel: [1, 3, 3] });
  const y = g.scope('head').linear(stem.activation(stem.batchNorm(conv), 'silu'), 5);
  expect(operators(g.build({ y }))).toEqual([
    'Conv slow.stem.conv',
    'BatchNormalization slow.stem.norm',
    'Sigmoid slow.stem.silu/Sigmoid',
    'Mul slow.stem.silu',
    'Transpose head.linear/Transpose',
    'MatMul head.linear/MatMul',
    'Add head.linear',
  ]);
});

test('one symbolic dimension that moves is written as -1', async () => {
  const { g, x } = graphWith(['N']);
  const graph = g.build({ y: g.reshape(x, [3, 'N', 2]) });
  expect(operators(graph)).toEqual(['Reshape reshape']);
  await expectSameAsInterpreter(graph, { x: formulaClip([5, 2, 3]) });
});

test('several symbolic dimensions that move are read when running', async () => {
  const { g, x } = graphWith(['N', 'R']);
  const graph = g.build({ y: g.reshape(x, [3, 'N', 2, 'R']) });
  expect(operators(graph)).toEqual([
    'Shape reshape/Shape',
    'Gather reshape/Gather1',
    'Gather reshape/Gather3',
    'Concat reshape/Concat',
    'Reshape reshape',
  ]);
  await expectSameAsInterpreter(graph, { x: formulaClip([5, 4, 2, 3]) });
});

test('outputs that are inputs, parameters, shared, or named as another value', async () => {
  const { g, x } = graphWith(['N']);
  const weight = g.param('a.weight', [2, 3], 'weight', { kind: 'msra' });
  const first = g.emit('activation', [x], { fn: 'tanh' }, 'first');
  const second = g.emit('scale', [first], { factor: 2 }, 'second');
  const outputs = { same: x, weight, first: second, second: first, again: first };
  const actual = await expectSameAsInterpreter(g.build(outputs), { x: formulaClip([2, 2, 3]) });
  expect(Object.keys(actual)).toEqual(Object.keys(outputs));
});

test('an input that nothing reads is still an input', async () => {
  const { g, x } = graphWith(['N']);
  g.input('unused', { dtype: 'float32', shape: ['N', 1] });
  const feeds = { x: formulaClip([2, 2, 3]), unused: formulaClip([2, 1]) };
  await expectSameAsInterpreter(g.build({ y: g.relu(x) }), feeds);
});

test('an output may not have the name of an input', async () => {
  const { g, x } = graphWith(['N']);
  const graph = g.build({ x: g.relu(x) });
  await expect(onnxRuntime().compile({ name: 'test', graph }, memoryStore([]))).rejects.toThrow(
    "output x: expected a name that no input has, received 'x', the name of an input. " +
      'ONNX names inputs and outputs apart: give the output another name.',
  );
});

test.each([undefined, 8, 16])(
  'training graphs hold no constant that nobody reads, of which ONNX Runtime warns (blocks of %s)',
  (block) => {
    for (const { name, graph } of trainingCases()) {
      const { nodes, constants } = lowerGraph(graph, 'float32', new Map(), undefined, block);
      const read = new Set(nodes.flatMap(({ inputs }) => inputs));
      expect([name, constants.filter((constant) => !read.has(constant.name))]).toEqual([name, []]);
    }
  },
);
