/**
 * @file Parameters as expressions over stored tensors. A pass never touches tensor data: it writes an
 * expression on the parameter, which is evaluated once, when weights are bound.
 */
import type { Shape } from '../tensor.js';

/** What a parameter is for. Only `weight` and `bias` are regularised; statistics are not trained. */
export type ParamRole =
  'weight' | 'bias' | 'norm-scale' | 'norm-shift' | 'running-mean' | 'running-variance';

/** How a parameter starts when a model is trained from scratch. */
export type Initializer =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'normal'; readonly std: number }
  /** He et al. 2015 with fan-out: normal of variance 2 / (out · kernel volume), as the paper's code does. */
  | { readonly kind: 'msra' };

/** A tensor as it lies in a weight store. */
export interface StoredExpression {
  readonly kind: 'stored';
  readonly name: string;
  readonly shape: Shape;
  readonly role: ParamRole;
  readonly init: Initializer;
}

/** The statistics and affine parameters of one batch norm, each `[C]`. */
export interface NormExpressions {
  readonly scale: Expression;
  readonly shift: Expression;
  readonly mean: Expression;
  readonly variance: Expression;
  readonly epsilon: number;
}

/** How a parameter's value is computed. */
export type Expression =
  | StoredExpression
  /** `weight[o, ...] · scale[o] / √(variance[o] + ε)`. */
  | { readonly kind: 'folded-weight'; readonly weight: Expression; readonly norm: NormExpressions }
  /** `shift + (bias − mean) · scale / √(variance + ε)`, with bias 0 where there is none. */
  | {
      readonly kind: 'folded-bias';
      readonly bias: Expression | undefined;
      readonly norm: NormExpressions;
    };

/** The stored tensors that an expression reads, in order. */
export function storedLeaves(expression: Expression): readonly StoredExpression[] {
  switch (expression.kind) {
    case 'stored':
      return [expression];
    case 'folded-weight':
      return [expression.weight, ...normParts(expression.norm)].flatMap(storedLeaves);
    case 'folded-bias':
      return [...(expression.bias ? [expression.bias] : []), ...normParts(expression.norm)].flatMap(
        storedLeaves,
      );
  }
}

const normParts = (norm: NormExpressions): readonly Expression[] => [
  norm.scale,
  norm.shift,
  norm.mean,
  norm.variance,
];
