/** @file Matrix products, reductions, softmax. */
import type { LoweringTable } from '@slowfast/core';
import type { OnnxEmitter } from './emitter.js';

type Table = LoweringTable<OnnxEmitter, string>;

/** MatMul. */
export const matmul: Table['matmul'] = ({ name }, inputs, onnx) =>
  onnx.emit('MatMul', name, inputs);

/** Gemm, which takes the weight as it is but rank 2 only; else MatMul with the transposed weight, and Add. */
export const linear: Table['linear'] = (node, inputs, onnx) => {
  const { name } = node;
  const [x, weight, bias] = inputs;
  if (node.inputs[0]!.type.shape.length === 2) {
    return onnx.emit('Gemm', name, inputs, { transB: { int: 1 } });
  }
  // Constant, so ONNX Runtime transposes it once, when the session is made.
  const transposed = onnx.emit('Transpose', `${name}/Transpose`, [weight!], {
    perm: { ints: [1, 0] },
  });
  if (bias === undefined) return onnx.emit('MatMul', name, [x!, transposed]);
  return onnx.emit('Add', name, [onnx.emit('MatMul', `${name}/MatMul`, [x!, transposed]), bias]);
};

/** ReduceMean, ReduceMax, ReduceSum; without axes they would reduce over all, so that is Identity. */
export const reduce: Table['reduce'] = ({ name, attrs }, [x], onnx) => {
  const { fn, axes, keepDims } = attrs;
  if (axes.length === 0) return onnx.emit('Identity', name, [x!]);
  const keepdims = { int: keepDims ? 1 : 0 };
  // In this operator set only ReduceSum takes its axes as an input.
  if (fn === 'sum') return onnx.emit('ReduceSum', name, [x!, onnx.integers(axes)], { keepdims });
  const operator = fn === 'mean' ? 'ReduceMean' : 'ReduceMax';
  return onnx.emit(operator, name, [x!], { axes: { ints: axes }, keepdims });
};

/** Softmax. */
export const softmax: Table['softmax'] = ({ name, attrs }, inputs, onnx) =>
  onnx.emit('Softmax', name, inputs, { axis: { int: attrs.axis } });
