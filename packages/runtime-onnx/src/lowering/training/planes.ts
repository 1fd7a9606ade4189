/**
 * @file Networks' operations on planes `[T·N, C, H, W]`, once something that is trained went into them. What stays
 * undefined here is computed as at inference: what comes before anything trained, and heads.
 */
import type { InferenceOp, NodeOf, Value } from '@slowfast/core';
import { ACTIVATIONS, applyActivation } from '../elementwise.js';
import type { Form, FormTable } from '../frames/forms.js';
import { isPerFrame } from '../plan.js';
import { convolvedPlanes } from './convolution.js';
import { mappedFrames } from './frames-of-planes.js';

type PlaneLowering<K extends InferenceOp> = (node: NodeOf<K>, table: FormTable) => Form | undefined;

/** Whether a value is a trained parameter's, or anything else that is no constant. */
const isFed = (table: FormTable, value: Value): boolean => !table.weights.has(value);

/** Sizes along T, H and W. */
export const frameSizes = ({ type }: Value): readonly [number, number, number] =>
  type.shape.slice(2) as [number, number, number];

/** Whether planes can be made of a value: five axes, all but the first of known size. */
export const hasPlanes = ({ type: { shape } }: Value): boolean =>
  shape.length === 5 && shape.slice(1).every((dim) => typeof dim === 'number');

/** A function of values of one shape, position by position; undefined where none of them is planes. */
export function alike(
  node: { readonly inputs: readonly Value[]; readonly output: Value },
  table: FormTable,
  compute: (parts: readonly string[]) => string,
): Form | undefined {
  const shape = node.output.type.shape.join();
  const fits = node.inputs.every((x) => x.type.shape.join() === shape && isFed(table, x));
  if (!fits || !node.inputs.some((x) => table.isPlanes(x))) return undefined;
  return { planes: compute(node.inputs.map((x) => table.planes(x))) };
}

const conv3d: PlaneLowering<'conv3d'> = (node, table) => {
  const [x, weight, bias] = node.inputs as [Value, Value, Value?];
  const isConstant = !isFed(table, weight) && (!bias || !isFed(table, bias));
  if (!hasPlanes(x) || (isConstant && !table.isPlanes(x))) return undefined;
  const { name, attrs } = node;
  const { onnx } = table;
  const planes = applyActivation(onnx, attrs.activation, name, () => {
    const linear = convolvedPlanes(table, node, table.whole(weight));
    if (!bias) return linear;
    const column = onnx.emit('Unsqueeze', `${name}/bias`, [
      table.whole(bias),
      onnx.integers([0, 2, 3]),
    ]);
    return onnx.emit('Add', `${name}/shifted`, [linear, column]);
  });
  return { planes };
};

/** Whether a window covers the whole of its input, once. */
const isGlobal = ({ inputs: [x], attrs }: NodeOf<'avg_pool3d'>): boolean =>
  attrs.padding.every((size) => size === 0) &&
  attrs.kernel.join() === x!.type.shape.slice(2).join();

/** Mean, maximum or sum over T, H and W. */
function overPositions(
  { name, inputs: [x] }: { readonly name: string; readonly inputs: readonly Value[] },
  table: FormTable,
  operator: 'ReduceMean' | 'ReduceSum',
  shape: readonly number[],
): Form {
  const { onnx } = table;
  const [, channels, frames] = x!.type.shape as readonly number[];
  const reduced = (from: string, part: string, axes: readonly number[]): string =>
    operator === 'ReduceSum'
      ? onnx.emit(operator, `${name}/${part}`, [from, onnx.integers(axes)], {
          keepdims: { int: 0 },
        })
      : onnx.emit(operator, `${name}/${part}`, [from], {
          axes: { ints: axes },
          keepdims: { int: 0 },
        });
  const area = reduced(table.planes(x!), 'area', [2, 3]);
  const split = onnx.emit('Reshape', `${name}/frames`, [
    area,
    onnx.integers([frames!, -1, channels!]),
  ]);
  const all = reduced(split, 'clip', [0]);
  return { whole: onnx.emit('Reshape', name, [all, onnx.integers(shape)]) };
}

/** The operator of a reduction that is split into two. */
const SPLIT = { mean: 'ReduceMean', sum: 'ReduceSum' } as const;

/** Per channel, over the area first and then over the planes: two quick reductions beat a slow one. */
export function perChannel(
  table: FormTable,
  name: string,
  planes: string,
  fn: 'mean' | 'sum',
): string {
  const { onnx } = table;
  const keepdims = { int: 0 };
  if (fn === 'mean') {
    const area = onnx.emit('ReduceMean', `${name}/area`, [planes], {
      axes: { ints: [2, 3] },
      keepdims,
    });
    return onnx.emit('ReduceMean', name, [area], { axes: { ints: [0] }, keepdims });
  }
  const area = onnx.emit('ReduceSum', `${name}/area`, [planes, onnx.integers([2, 3])], {
    keepdims,
  });
  return onnx.emit('ReduceSum', name, [area, onnx.integers([0])], { keepdims });
}

/** By operation; those without an entry are computed as at inference. */
export const PLANES: { readonly [K in InferenceOp]?: PlaneLowering<K> } = {
  conv3d,
  batch_norm: (node, table) => {
    const [x, ...statistics] = node.inputs as [Value, ...Value[]];
    if (!table.isPlanes(x)) return undefined;
    const inputs = [table.planes(x), ...statistics.map((part) => table.whole(part))];
    const attributes = { epsilon: { float: node.attrs.epsilon } };
    return { planes: table.onnx.emit('BatchNormalization', node.name, inputs, attributes) };
  },
  activation: (node, table) =>
    node.attrs.fn === 'identity'
      ? undefined
      : alike(node, table, ([x]) => {
          const apply = ACTIVATIONS[node.attrs.fn as Exclude<typeof node.attrs.fn, 'identity'>];
          return apply(table.onnx, node.name, x!);
        }),
  add: (node, table) =>
    alike(node, table, (parts) =>
      applyActivation(table.onnx, node.attrs.activation, node.name, (result) =>
        table.onnx.emit('Add', result, parts),
      ),
    ),
  mul: (node, table) => alike(node, table, (parts) => table.onnx.emit('Mul', node.name, parts)),
  scale: (node, table) =>
    alike(node, table, ([x]) =>
      table.onnx.emit('Mul', node.name, [x!, table.onnx.float(node.attrs.factor)]),
    ),
  max_pool3d: (node, table) => {
    const [x] = node.inputs as [Value];
    if (!table.isPlanes(x) || !isPerFrame(node)) return undefined;
    const { kernel, stride, padding } = node.attrs;
    return {
      planes: table.onnx.emit('MaxPool', node.name, [table.planes(x)], {
        kernel_shape: { ints: kernel.slice(1) },
        strides: { ints: stride.slice(1) },
        pads: { ints: [...padding.slice(1), ...padding.slice(1)] },
      }),
    };
  },
  avg_pool3d: (node, table) => {
    const [x] = node.inputs as [Value];
    if (!table.isPlanes(x) || !isGlobal(node)) return undefined;
    return overPositions(node, table, 'ReduceMean', [-1, x.type.shape[1] as number, 1, 1, 1]);
  },
  reduce: (node, table) => {
    const [x] = node.inputs as [Value];
    const { fn, axes, keepDims } = node.attrs;
    if (!table.isPlanes(x) || fn === 'max') return undefined;
    const sorted = [...axes].sort().join();
    const channels = x.type.shape[1] as number;
    if (sorted === '2,3,4') {
      const shape = keepDims ? [-1, channels, 1, 1, 1] : [-1, channels];
      return overPositions(node, table, SPLIT[fn], shape);
    }
    if (sorted !== '0,2,3,4' || keepDims) return undefined;
    return { whole: perChannel(table, node.name, table.planes(x), fn) };
  },
  concat: (node, table) => {
    const { axis } = node.attrs;
    if ((axis !== 1 && axis !== 2) || !node.inputs.some((x) => table.isPlanes(x))) return undefined;
    const parts = node.inputs.map((x) => table.planes(x));
    const attributes = { axis: { int: axis === 1 ? 1 : 0 } };
    return { planes: table.onnx.emit('Concat', node.name, parts, attributes) };
  },
  slice: (node, table) => {
    const { axis, start, stop, step } = node.attrs;
    const [x] = node.inputs as [Value];
    if (!table.isPlanes(x)) return undefined;
    if (axis === 2) {
      const map = Array.from({ length: Math.ceil((stop - start) / step) }, (_, i) => {
        return start + i * step;
      });
      return chosenFrames(node, table, map);
    }
    if (axis !== 1 || step !== 1) return undefined;
    const ranges = [[start], [stop], [1]].map((part) => table.onnx.integers(part));
    return { planes: table.onnx.emit('Slice', node.name, [table.planes(x), ...ranges]) };
  },
  gather: (node, table) =>
    node.attrs.axis === 2 && table.isPlanes(node.inputs[0]!)
      ? chosenFrames(node, table, node.attrs.indices)
      : undefined,
};

/** Frames by number, or zeros where it is -1. */
export function chosenFrames(
  { name, inputs: [x] }: { readonly name: string; readonly inputs: readonly Value[] },
  table: FormTable,
  map: readonly number[],
): Form {
  const [, channels, frames, height, width] = x!.type.shape as readonly number[];
  const from = { map, frames: frames!, channels: channels! };
  return {
    planes: mappedFrames(table.onnx, name, table.planes(x!), from, [height!, width!]),
  };
}
