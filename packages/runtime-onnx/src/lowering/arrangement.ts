/** @file Operations that move elements without computing. */
import type { Dim, LoweringTable, NodeOf } from '@slowfast/core';
import type { OnnxEmitter } from './emitter.js';

type Table = LoweringTable<OnnxEmitter, string>;

/** Concat. */
export const concat: Table['concat'] = ({ name, attrs }, inputs, onnx) =>
  onnx.emit('Concat', name, inputs, { axis: { int: attrs.axis } });

/** Slice along one axis. */
export const slice: Table['slice'] = ({ name, attrs }, [x], onnx) => {
  const { start, stop, axis, step } = attrs;
  const ranges = [start, stop, axis, step].map((value) => onnx.integers([value]));
  return onnx.emit('Slice', name, [x!, ...ranges]);
};

/** Gather. */
export const gather: Table['gather'] = ({ name, attrs }, [x], onnx) =>
  onnx.emit('Gather', name, [x!, onnx.integers(attrs.indices)], { axis: { int: attrs.axis } });

/** Transpose. */
export const transpose: Table['transpose'] = ({ name, attrs }, [x], onnx) =>
  onnx.emit('Transpose', name, [x!], { perm: { ints: attrs.perm } });

/**
 * Reshape to a constant shape where it can be written as one: 0 copies the dimension in its place, -1 is
 * what remains. Several symbolic dimensions that move are read from the input's shape when running.
 */
export const reshape: Table['reshape'] = (node, [x], onnx) => {
  const from = node.inputs[0]!.type.shape;
  const shape = constantShape(from, node.attrs.shape);
  const target = shape ? onnx.integers(shape) : shapeWhenRunning(node, from, x!, onnx);
  return onnx.emit('Reshape', node.name, [x!, target]);
};

function constantShape(from: readonly Dim[], to: readonly Dim[]): readonly number[] | undefined {
  const shape = to.map((dim, i) => (typeof dim === 'number' ? dim : dim === from[i] ? 0 : -1));
  return shape.filter((dim) => dim === -1).length > 1 ? undefined : shape;
}

function shapeWhenRunning(
  { name, attrs }: NodeOf<'reshape'>,
  from: readonly Dim[],
  x: string,
  onnx: OnnxEmitter,
): string {
  const sizes = onnx.emit('Shape', `${name}/Shape`, [x]);
  const parts = attrs.shape.map((dim, i) =>
    typeof dim === 'number'
      ? onnx.integers([dim])
      : onnx.emit('Gather', `${name}/Gather${i}`, [sizes, onnx.integers([from.indexOf(dim)])]),
  );
  return onnx.emit('Concat', `${name}/Concat`, parts, { axis: { int: 0 } });
}
