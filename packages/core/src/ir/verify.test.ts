import { ShapeError, SpecError, type SlowFastError } from '../errors.js';
import { GraphBuilder } from './builder.js';
import type { Graph, Node, Value } from './types.js';
import { verify } from './verify.js';

function valid() {
  const g = GraphBuilder.empty('model');
  const x = g.input('x', { dtype: 'float32', shape: ['N', 4, 2, 6, 6] });
  return g.build({ y: g.relu(g.conv3d(x, { channels: 8, kernel: [1, 1, 1] })) });
}
const retyped = (value: Value): Value => ({ ...value, type: { ...value.type, dtype: 'int32' } });
const reshaped = (value: Value, shape: Value['type']['shape']): Value => ({
  ...value,
  type: { ...value.type, shape },
});

test('accepts what the builder builds', () => {
  expect(() => verify(valid())).not.toThrow();
});

const broken: readonly (readonly [
  string,
  (graph: Graph) => Graph,
  typeof SlowFastError,
  string,
])[] = [
  [
    'a node before its input',
    (graph) => ({ ...graph, nodes: graph.nodes.toReversed() }),
    SpecError,
    "relu: expected values that are defined before, received 'conv', which is not.",
  ],
  [
    'a missing parameter',
    (graph) => ({ ...graph, params: new Map() }),
    SpecError,
    "conv: expected values that are defined before, received 'conv.weight', which is not.",
  ],
  [
    'two nodes of one name',
    (graph) => ({ ...graph, nodes: [...graph.nodes, graph.nodes[0]!] }),
    SpecError,
    "conv: expected each name once in a graph, received 'conv' a second time.",
  ],
  [
    'two inputs of one name',
    (graph) => ({ ...graph, inputs: { ...graph.inputs, z: graph.inputs['x']! } }),
    SpecError,
    "input: expected each name once in a graph, received 'x' a second time.",
  ],
  [
    'a parameter called as an input',
    (graph) => ({
      ...graph,
      params: new Map([['x', { ...graph.params.get('conv.weight')!, name: 'x' }]]),
    }),
    SpecError,
    "parameter: expected each name once in a graph, received 'x' a second time.",
  ],
  [
    'an output that nothing computes',
    (graph) => ({ ...graph, nodes: graph.nodes.slice(0, 1) }),
    SpecError,
    "output y: expected values that are defined before, received 'relu', which is not.",
  ],
  [
    'a reader that sees another shape',
    (graph) => ({
      ...graph,
      nodes: graph.nodes.map((node): Node =>
        node.op === 'activation'
          ? { ...node, inputs: [reshaped(node.inputs[0]!, ['N', 9])] }
          : node,
      ),
    }),
    ShapeError,
    "relu: expected 'conv' of shape [N, 8, 2, 6, 6], received [N, 9].",
  ],
  [
    'an output shape that the operation does not give',
    (graph) => ({
      ...graph,
      nodes: graph.nodes.map((node): Node =>
        node.op === 'activation' ? { ...node, output: reshaped(node.output, ['N', 9]) } : node,
      ),
    }),
    ShapeError,
    'relu: expected an output of shape [N, 8, 2, 6, 6], received [N, 9].',
  ],
  [
    'an output of other elements than the operation gives',
    (graph) => ({
      ...graph,
      nodes: graph.nodes.map((node): Node =>
        node.op === 'activation' ? { ...node, output: retyped(node.output) } : node,
      ),
    }),
    ShapeError,
    'relu: expected an output of float32, received int32.',
  ],
  [
    'a reader that sees other elements',
    (graph) => ({
      ...graph,
      nodes: graph.nodes.map((node): Node =>
        node.op === 'activation' ? { ...node, inputs: [retyped(node.inputs[0]!)] } : node,
      ),
    }),
    ShapeError,
    "relu: expected 'conv' of float32, received int32.",
  ],
  [
    'attributes that do not fit the inputs',
    (graph) => ({
      ...graph,
      nodes: graph.nodes.map((node): Node =>
        node.op === 'conv3d' ? { ...node, attrs: { ...node.attrs, groups: 3 } } : node,
      ),
    }),
    ShapeError,
    'conv: expected channels divisible by groups = 3, received 4 in and 8 out.',
  ],
  [
    'a dilation of 0',
    (graph) => ({
      ...graph,
      nodes: graph.nodes.map((node): Node =>
        node.op === 'conv3d' ? { ...node, attrs: { ...node.attrs, dilation: [0, 1, 1] } } : node,
      ),
    }),
    ShapeError,
    'conv: expected whole numbers for kernel, stride, dilation and padding along T, received 1, 1, 0 and 0.',
  ],
];

test.each(broken)('rejects %s', (_, change, Kind, message) => {
  const check = () => verify(change(valid()));
  expect(check).toThrow(Kind);
  expect(check).toThrow(expect.objectContaining({ message }));
});

test('values of different element types do not mix', () => {
  const g = GraphBuilder.empty('test');
  const floats = g.input('floats', { dtype: 'float32', shape: ['N', 3] });
  const ints = g.input('ints', { dtype: 'int32', shape: ['N', 3] });
  const message = 'expected inputs of one element type, received float32 and int32.';
  expect(() => g.add(floats, ints)).toThrow(message);
  expect(() => g.concat([floats, ints])).toThrow(message);
  expect(() => g.linear(ints, 2)).toThrow('received int32 and float32.');
});
