import { GraphBuilder } from '../ir/builder.js';
import { printGraph } from '../ir/print.js';
import type { Value } from '../ir/types.js';
import { verify } from '../ir/verify.js';
import { formulaClip, formulaStore } from '../testing/formula.js';
import { interpret } from '../testing/interpreter.js';
import { requiredTensors } from '../weights/bind.js';
import { fuseActivations } from './fuse-activation.js';

const start = () => {
  const g = GraphBuilder.empty('test');
  return { g, x: g.input('x', { dtype: 'float32', shape: ['N', 3, 2, 4, 4] }) };
};
const CONV = { channels: 3, kernel: [1, 1, 1] } as const;

test('moves activations into a convolution and an addition', async () => {
  const { g, x } = start();
  const a = g.activation(g.conv3d(x, CONV), 'hardswish');
  const graph = g.build<'x', 'y'>({ y: g.relu(g.add(a, x)) });
  const after = fuseActivations(graph);
  verify(after);
  expect(printGraph(after)).toBe(
    [
      'input x: float32[N, 3, 2, 4, 4]',
      'hardswish: float32[N, 3, 2, 4, 4] = conv3d(x, conv.weight) {kernel=[1, 1, 1], stride=[1, 1, 1], padding=[0, 0, 0], dilation=[1, 1, 1], groups=1, activation=hardswish}',
      'relu: float32[N, 3, 2, 4, 4] = add(hardswish, x) {activation=relu}',
      'output y = relu',
      '',
    ].join('\n'),
  );
  const weights = formulaStore(
    [...requiredTensors(graph)].map(([name, { shape }]) => [name, shape]),
  );
  const feeds = { x: formulaClip([2, 3, 2, 4, 4]) };
  expect(await interpret(after, weights, feeds)).toEqual(await interpret(graph, weights, feeds));
});

test('the second of two activations in a row stays', () => {
  const { g, x } = start();
  const y = g.activation(g.relu(g.conv3d(x, CONV)), 'tanh');
  const after = fuseActivations(g.build({ y }));
  verify(after);
  expect(after.nodes.map(({ name, op }) => `${name}=${op}`)).toEqual([
    'relu=conv3d',
    'tanh=activation',
  ]);
});

type Build = (g: GraphBuilder, x: Value) => Record<string, Value>;
const kept: readonly (readonly [string, Build])[] = [
  [
    'the value before it is an output (a tap)',
    (g, x) => {
      const conv = g.conv3d(x, CONV);
      return { conv, y: g.relu(conv) };
    },
  ],
  [
    'something else reads the value before it',
    (g, x) => {
      const conv = g.conv3d(x, CONV);
      return { y: g.emit('mul', [g.relu(conv), conv], {}) };
    },
  ],
  ['the operation before it takes none', (g, x) => ({ y: g.relu(g.batchNorm(x)) })],
  ['it stands on an input', (g, x) => ({ y: g.relu(x) })],
];

test.each(kept)('leaves an activation alone where %s', (_, build) => {
  const { g, x } = start();
  const graph = g.build(build(g, x));
  expect(fuseActivations(graph)).toEqual(graph);
});
