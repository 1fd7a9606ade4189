/** @file What the graph knows about an operation: shape inference, cost, and traits that passes ask for. */
import type { Dim, OpAttrs, OpKind, TensorType, Triple } from '../ir/types.js';

/** Reports a mismatch at the place that is being built; never returns. */
export type Fail = (expected: string, received: string, remedy?: string) => never;

/** How far an operation looks along T, H, W: one element for those without a window. */
export interface FieldOfView {
  readonly kernel: Triple;
  readonly stride: Triple;
  readonly dilation: Triple;
}

/** What passes may ask of an operation instead of keeping lists of names. */
export interface OpTraits {
  /** Each output element depends on the input elements at the same position only. */
  readonly elementwise?: boolean;
  /** Linear in its first input, with per-output-channel weights: a following batch norm folds into it. */
  readonly linear?: boolean;
  /** Carries an `activation` attribute that a following activation can move into. */
  readonly fusesActivation?: boolean;
  /** Does nothing at inference. */
  readonly identityAtInference?: boolean;
  /** Mixes positions of the whole extent, or moves axes: strides cannot be followed through it. */
  readonly global?: boolean;
}

/** The definition of one operation. */
export interface OpDefinition<K extends OpKind> {
  /** The output type; calls `fail` when inputs and attributes do not fit. */
  infer(inputs: readonly TensorType[], attrs: OpAttrs[K], fail: Fail): TensorType;
  /** Multiply-adds for one clip; 0 for operations that the field does not count. */
  macs?(inputs: readonly TensorType[], output: TensorType, attrs: OpAttrs[K]): number;
  /** The window over T, H, W of operations that have one. */
  field?(attrs: OpAttrs[K]): FieldOfView;
  readonly traits: OpTraits;
}

/** Elements of a shape for one clip: symbolic dimensions count as 1. */
export function elementsOf(shape: readonly Dim[]): number {
  return shape.reduce<number>((size, dim) => size * (typeof dim === 'number' ? dim : 1), 1);
}

/** A shape as text: `[N, 64, 8, 56, 56]`. */
export function shapeText(shape: readonly Dim[]): string {
  return `[${shape.join(', ')}]`;
}

/** The dimension along an axis, or a failure when the shape has too few. */
export function dimAt(type: TensorType, axis: number, fail: Fail): Dim {
  const dim = type.shape[axis];
  if (dim === undefined) fail(`a shape with an axis ${axis}`, shapeText(type.shape));
  return dim;
}

/** Fails unless there are between `min` and `max` inputs. */
export function checkCount(
  inputs: readonly TensorType[],
  min: number,
  max: number,
  fail: Fail,
): void {
  if (inputs.length >= min && inputs.length <= max) return;
  fail(
    `${min === max ? min : `${min} to ${max}`} input${max === 1 ? '' : 's'}`,
    `${inputs.length}`,
  );
}
