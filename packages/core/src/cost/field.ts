/**
 * @file How far values look: the stride and receptive field of every value along t, h and w, in raw
 * frames and input pixels.
 *
 * 1. A graph input has the given spacing and a receptive field of one frame and one pixel.
 * 2. A window of kernel k, stride s, dilation d widens the field by (k − 1)·d strides and multiplies
 *    the stride by s.
 * 3. Values that are joined (sum, concatenation) have the largest field and the first known stride.
 * 4. Slicing, and gathering at equal distances, multiplies the stride along its axis; gathering at
 *    unequal distances leaves it unknown.
 * 5. Axes are followed through transposition, and through reshapes that keep or split them: splitting
 *    T into T/α groups of α multiplies the stride by α and widens the field by α − 1 strides.
 * 6. Operations with the trait `global` see everything: the field is infinite, the strides unknown.
 */
import { checkArguments } from '../arguments.js';
import type { Graph, Node, Value } from '../ir/types.js';
import { fieldOf, traitsOf } from '../ops/table.js';
import { reshapedAxes } from './reshaped-axes.js';

/** A length along each axis: raw frames along t, input pixels along h and w. */
export interface Extent {
  readonly t: number;
  readonly h: number;
  readonly w: number;
}

/** What is known of where a value comes from. */
export interface Field {
  /** Distance of neighbouring elements of `[N, C, T, H, W]`; null where it cannot be followed. */
  readonly stride: Extent | null;
  /** Length of input that one element depends on; infinite behind an operation that mixes all positions. */
  readonly receptiveField: Extent;
}

/** The axis of the input that an axis of a value runs along, and the distance of its elements. */
export interface AxisField {
  readonly along: keyof Extent;
  readonly stride: number;
}

interface State {
  /** One entry for each axis; null for axes that do not run along the input (N, C), or unknown ones. */
  readonly axes: readonly (AxisField | null)[];
  readonly field: Extent;
}

const ALONG = ['t', 'h', 'w'] as const;
const EVERYWHERE: Extent = { t: Infinity, h: Infinity, w: Infinity };

/**
 * Stride and receptive field of every value of a graph but the parameters, by value name.
 * `inputSpacing` is the distance of neighbouring elements of each input (temporal stride in raw
 * frames, and 1 pixel); inputs that it leaves out, or that are not `[N, C, T, H, W]`, have no field.
 */
export function fieldsOf(
  graph: Graph,
  inputSpacing: Readonly<Record<string, Extent>>,
): ReadonlyMap<string, Field> {
  checkArguments('fieldsOf', { graph: [graph, 'graph'], inputSpacing: [inputSpacing, 'object'] });

  const states = new Map<string, State>();
  for (const [name, value] of Object.entries<Value>(graph.inputs)) {
    states.set(value.name, inputState(value, inputSpacing[name]));
  }
  for (const node of graph.nodes) {
    const inputs = node.inputs.flatMap((input) => states.get(input.name) ?? []);
    states.set(node.output.name, through(node, inputs));
  }
  return new Map([...states].map(([name, state]) => [name, fieldFrom(state)]));
}

function inputState({ type }: Value, spacing: Extent | undefined): State {
  const isClip = type.shape.length === 5 && spacing !== undefined;
  return {
    axes: type.shape.map((_, axis) => {
      const along = ALONG[axis - 2];
      return isClip && along ? { along, stride: spacing[along] } : null;
    }),
    field: { t: 1, h: 1, w: 1 },
  };
}

function fieldFrom({ axes, field }: State): Field {
  const [t, h, w] = axes.length === 5 ? axes.slice(2) : [];
  const isVolume = t?.along === 't' && h?.along === 'h' && w?.along === 'w';
  return {
    stride: isVolume ? { t: t.stride, h: h.stride, w: w.stride } : null,
    receptiveField: field,
  };
}

function through(node: Node, inputs: readonly State[]): State {
  const x = joined(node, inputs);
  switch (node.op) {
    case 'transpose':
      return { ...x, axes: node.attrs.perm.map((axis) => x.axes[axis]!) };
    case 'reshape': {
      const { axes, widened } = reshapedAxes(x.axes, node.inputs[0]!, node.output);
      return { axes, field: mapExtent(x.field, (size, along) => size + widened[along]) };
    }
    case 'slice':
      return strided(x, node.attrs.axis, node.attrs.step);
    case 'gather':
      return strided(x, node.attrs.axis, uniformStep(node.attrs.indices));
  }
  if (traitsOf(node).global) {
    return { axes: node.output.type.shape.map(() => null), field: EVERYWHERE };
  }
  return windowed(node, x);
}

function joined(node: Node, inputs: readonly State[]): State {
  const axes = node.output.type.shape.map(
    (_, axis) => inputs.find((input) => input.axes[axis])?.axes[axis] ?? null,
  );
  const field = mapExtent({ t: 1, h: 1, w: 1 }, (one, along) =>
    Math.max(one, ...inputs.map((input) => input.field[along])),
  );
  // What rearranges one value has axes of its input, not of its output.
  return { axes: inputs.length === 1 ? inputs[0]!.axes : axes, field };
}

function windowed(node: Node, x: State): State {
  const window = fieldOf(node);
  if (!window) return x;
  const field = { ...x.field };
  const axes = x.axes.map((axis, i): AxisField | null => {
    if (i < 2) return axis;
    const reach = (window.kernel[i - 2]! - 1) * window.dilation[i - 2]!;
    if (axis) field[axis.along] += reach * axis.stride;
    else if (reach > 0) for (const along of ALONG) field[along] = Infinity;
    return axis && { ...axis, stride: axis.stride * window.stride[i - 2]! };
  });
  return { axes, field };
}

function strided(x: State, axis: number, step: number | undefined): State {
  return {
    ...x,
    axes: x.axes.map((old, i) => {
      if (i !== axis || !old) return old;
      return step === undefined ? null : { ...old, stride: old.stride * step };
    }),
  };
}

/** The distance of neighbouring indices where all are equal and ascending; one index keeps the stride. */
function uniformStep(indices: readonly number[]): number | undefined {
  const [first, second] = indices;
  if (second === undefined) return 1;
  const step = second - first!;
  const isUniform = indices.every((index, i) => index === first! + i * step);
  return isUniform && step > 0 ? step : undefined;
}

function mapExtent(extent: Extent, fn: (size: number, along: keyof Extent) => number): Extent {
  return { t: fn(extent.t, 't'), h: fn(extent.h, 'h'), w: fn(extent.w, 'w') };
}
