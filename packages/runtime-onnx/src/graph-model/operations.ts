/** @file Operations of a graph model over any tensor, as ONNX's. Integers are int64 throughout, as ONNX's shapes and indices are. */
import type { LoweredNode, Lowering, LoweringEmitter } from './node-lowering.js';
import { stridedSlice } from './strided-slice.js';
import { WINDOWS } from './windows.js';

const inputs = (node: LoweredNode, count = node.inputCount): string[] =>
  Array.from({ length: count }, (_, i) => node.input(i));

/** An operator that takes the same inputs. */
const same =
  (operator: string): Lowering =>
  (node, e) => [e.emit(operator, node.name, inputs(node))];

const ELEMENT = { float32: 1, int64: 7, bool: 9 } as const;

/** Rounds down, where ONNX's division of integers rounds towards zero. */
const floorDiv: Lowering = (node, e) => {
  const [a, b] = inputs(node, 2) as [string, string];
  if (node.type('T') === 'float32') {
    return [e.emit('Floor', node.name, [e.emit('Div', `${node.name}/part`, [a, b])])];
  }
  // Mod has the sign of the divisor.
  const rest = e.emit('Mod', `${node.name}/rest`, [a, b]);
  return [e.emit('Div', node.name, [e.emit('Sub', `${node.name}/whole`, [a, rest]), b])];
};

const pack: Lowering = (node, e) => {
  const axis = node.int('axis', 0);
  const parts = inputs(node).map((value) =>
    e.emit('Unsqueeze', `${node.name}/part`, [value, e.integers([axis])]),
  );
  return [e.emit('Concat', node.name, parts, { axis: { int: axis } })];
};

const unpack: Lowering = (node, e) =>
  Array.from({ length: node.int('num') }, (_, i) =>
    e.emit('Gather', node.name, [node.input(0), e.integers([i], 'scalar')], {
      axis: { int: node.int('axis', 0) },
    }),
  );

/** Equal parts, each a slice: the size of one is read from the value's shape. */
const split: Lowering = (node, e) => {
  const [axis] = node.integers(0) as [number];
  const [value, count] = [node.input(1), node.int('num_split')];
  const shape = e.emit('Shape', `${node.name}/shape`, [value]);
  const whole = e.emit('Gather', `${node.name}/whole`, [shape, e.integers([axis])]);
  const size = e.emit('Div', `${node.name}/size`, [whole, e.integers([count])]);
  const multiple = (k: number): string =>
    e.emit('Mul', `${node.name}/edge`, [size, e.integers([k])]);
  return Array.from({ length: count }, (_, k) =>
    e.emit('Slice', node.name, [value, multiple(k), multiple(k + 1), e.integers([axis])]),
  );
};

function reduced(operator: 'ReduceMax' | 'ReduceSum'): Lowering {
  return (node, e) => {
    const axes = node.integers(1);
    const keepdims = { int: node.flag('keep_dims') ? 1 : 0 };
    // ReduceSum takes axes as an input since opset 13, ReduceMax only since 18.
    return operator === 'ReduceSum'
      ? [e.emit(operator, node.name, [node.input(0), e.integers(axes)], { keepdims })]
      : [e.emit(operator, node.name, [node.input(0)], { axes: { ints: axes }, keepdims })];
  };
}

const squeeze: Lowering = (node, e) => {
  const axes = node.ints('squeeze_dims');
  const all = axes.length === 0 ? [] : [e.integers(axes)];
  return [e.emit('Squeeze', node.name, [node.input(0), ...all])];
};

const topK: Lowering = (node, e) => [
  ...e.emitBoth('TopK', node.name, [node.input(0), e.integers(node.integers(1))]),
];

const cast = (node: LoweredNode, e: LoweringEmitter): readonly string[] => [
  e.emit('Cast', node.name, [node.input(0)], { to: { int: ELEMENT[node.type('DstT')] } }),
];

/** How each operation is written; one that is not here cannot be carried over. */
export const OPERATIONS: Readonly<Record<string, Lowering>> = {
  ...WINDOWS,
  Identity: same('Identity'),
  Add: same('Add'),
  AddV2: same('Add'),
  Sub: same('Sub'),
  Mul: same('Mul'),
  RealDiv: same('Div'),
  Maximum: same('Max'),
  Minimum: same('Min'),
  AddN: same('Sum'),
  Abs: same('Abs'),
  Exp: same('Exp'),
  Sigmoid: same('Sigmoid'),
  Relu: same('Relu'),
  Reciprocal: same('Reciprocal'),
  Less: same('Less'),
  Greater: same('Greater'),
  GreaterEqual: same('GreaterOrEqual'),
  Equal: same('Equal'),
  LogicalAnd: same('And'),
  Select: same('Where'),
  SelectV2: same('Where'),
  Shape: same('Shape'),
  Size: same('Size'),
  Range: same('Range'),
  Tile: same('Tile'),
  GatherNd: same('GatherND'),
  FloorDiv: floorDiv,
  SquaredDifference(node, e) {
    const difference = e.emit('Sub', `${node.name}/difference`, inputs(node, 2));
    return [e.emit('Mul', node.name, [difference, difference])];
  },
  Reshape: (node, e) => [e.emit('Reshape', node.name, inputs(node, 2), { allowzero: { int: 1 } })],
  Fill: (node, e) => [e.emit('Expand', node.name, [node.input(1), node.input(0)])],
  ExpandDims: (node, e) => [
    e.emit('Unsqueeze', node.name, [node.input(0), e.integers(node.integers(1))]),
  ],
  ConcatV2(node, e) {
    const last = node.inputCount - 1;
    const [axis] = node.integers(last) as [number];
    return [e.emit('Concat', node.name, inputs(node, last), { axis: { int: axis } })];
  },
  ArgMax(node, e) {
    const [axis] = node.integers(1) as [number];
    return [
      e.emit('ArgMax', node.name, [node.input(0)], { axis: { int: axis }, keepdims: { int: 0 } }),
    ];
  },
  Max: reduced('ReduceMax'),
  Sum: reduced('ReduceSum'),
  Cast: cast,
  Pack: pack,
  Unpack: unpack,
  Split: split,
  Squeeze: squeeze,
  StridedSlice: stridedSlice,
  TopKV2: topK,
};
