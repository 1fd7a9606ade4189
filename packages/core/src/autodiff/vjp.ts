/** @file What a rule of differentiation is. */
import { SpecError } from '../errors.js';
import type { GraphBuilder } from '../ir/builder.js';
import type { TrainingOpAttrs } from '../ir/gradient-ops.js';
import type { InferenceOp, NodeOf, Value } from '../ir/types.js';

/** An operation through which gradients flow. */
export type DifferentiableOp = InferenceOp | keyof TrainingOpAttrs;

/** What a rule is asked. */
export interface Cotangent {
  /** Adds nodes, under the name of the node whose gradient is computed. */
  readonly g: GraphBuilder;
  /** The gradient of the node's output, of its shape. */
  readonly dy: Value;
  /** Whether the gradient of an input is needed. */
  readonly needs: (input: number) => boolean;
}

/**
 * The vector-Jacobian product of one operation: the gradients of its inputs, in their order, from that of its output.
 * Those that are not needed may be left out.
 */
export type Vjp<K extends DifferentiableOp> = (
  node: NodeOf<K>,
  cotangent: Cotangent,
) => readonly (Value | undefined)[];

/** A rule for every operation: a forgotten one does not compile. */
export type VjpTable = { readonly [K in DifferentiableOp]: Vjp<K> };

/** Throws {@link SpecError} where the gradient of an input is needed that has none. */
export function refuse(
  { name, op }: { readonly name: string; readonly op: string },
  { needs }: Cotangent,
  inputs: readonly number[],
  what: string,
): void {
  if (!inputs.some(needs)) return;
  throw new SpecError({
    site: name,
    expected: `a gradient that does not flow through the ${what} of ${op}`,
    received: 'one that does',
    remedy: 'Leave out of wrt what they depend on',
  });
}

/** The negative of a value. */
export const negative = (g: GraphBuilder, x: Value): Value => g.emit('scale', [x], { factor: -1 });

/** The product of two values. */
export const product = (g: GraphBuilder, a: Value, b: Value): Value => g.emit('mul', [a, b], {});

/** The sum over axes. */
export const sum = (g: GraphBuilder, x: Value, axes: readonly number[], keepDims = false): Value =>
  g.emit('reduce', [x], { fn: 'sum', axes, keepDims });

/** All axes but the channels'. */
export const besideChannels = ({ type }: Value): readonly number[] =>
  type.shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]));
