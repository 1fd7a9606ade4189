/** @file What can stay frame by frame; every other operation takes its inputs as a whole. */
import type { NodeOf, OpKind, Value } from '@slowfast/core';
import { ACTIVATIONS, applyActivation } from '../elementwise.js';
import type { FormTable, Frames } from './forms.js';
import { avgPool3d, conv3d, maxPool3d } from './windows.js';

/** Computes a node on frames, or gives undefined when it has to be computed as a whole. */
type FrameLowering<K extends OpKind> = (node: NodeOf<K>, table: FormTable) => Frames | undefined;

/** By operation; those without an entry are never computed frame by frame. */
export const FRAME_LOWERING: { readonly [K in OpKind]?: FrameLowering<K> } = {
  conv3d,
  max_pool3d: maxPool3d,
  avg_pool3d: avgPool3d,
  add: ({ name, inputs, output, attrs }, table) =>
    together(inputs, output, table, (parts, t) =>
      applyActivation(table.onnx, attrs.activation, `${name}/t${t}`, (result) =>
        table.onnx.emit('Add', result, parts),
      ),
    ),
  mul: ({ name, inputs, output }, table) =>
    together(inputs, output, table, (parts, t) => table.onnx.emit('Mul', `${name}/t${t}`, parts)),
  activation: ({ name, inputs, output, attrs: { fn } }, table) =>
    fn === 'identity'
      ? undefined
      : together(inputs, output, table, ([x], t) =>
          ACTIVATIONS[fn](table.onnx, `${name}/t${t}`, x!),
        ),
  scale: ({ name, inputs, output, attrs }, table) =>
    together(inputs, output, table, ([x], t) =>
      table.onnx.emit('Mul', `${name}/t${t}`, [x!, table.onnx.float(attrs.factor)]),
    ),
  concat: ({ name, inputs, attrs: { axis } }, table) => {
    if ((axis !== 1 && axis !== 2) || !inputs.some((x) => table.isFrames(x))) return undefined;
    const all = inputs.map((x) => table.single(x).parts);
    if (axis === 2) return { parts: all.flat(), packed: 1 };
    const parts = all[0]!.map((_, t) =>
      table.onnx.emit(
        'Concat',
        `${name}/t${t}`,
        all.map((frames) => frames[t]!),
        { axis: { int: 1 } },
      ),
    );
    return { parts, packed: 1 };
  },
  slice: ({ inputs: [x], attrs: { axis, start, stop, step } }, table) => {
    if (axis !== 2 || !table.isFrames(x!)) return undefined;
    const { parts } = table.single(x!);
    return { parts: parts.slice(start, stop).filter((_, t) => t % step === 0), packed: 1 };
  },
  gather: ({ inputs: [x], attrs: { axis, indices } }, table) => {
    if (axis !== 2 || !table.isFrames(x!)) return undefined;
    const { parts } = table.single(x!);
    return { parts: indices.map((t) => parts[t]!), packed: 1 };
  },
};

/** Frames of inputs of one shape, each with those of the others; undefined where none has frames. */
function together(
  inputs: readonly Value[],
  output: Value,
  table: FormTable,
  compute: (parts: readonly string[], t: number) => string,
): Frames | undefined {
  const shape = output.type.shape.join();
  const fits = inputs.every((x) => x.type.shape.join() === shape && !table.weights.has(x));
  if (!fits || !inputs.some((x) => table.isFrames(x))) return undefined;
  const own = inputs.map((x) => table.frames(x));
  const isAlike = own.every(({ packed }) => packed === own[0]!.packed);
  const all = isAlike ? own : inputs.map((x) => table.single(x));
  const parts = all[0]!.parts.map((_, t) =>
    compute(
      all.map((frames) => frames.parts[t]!),
      t,
    ),
  );
  return { parts, packed: all[0]!.packed };
}
