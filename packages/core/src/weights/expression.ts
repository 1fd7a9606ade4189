/**
 * @file Parameters as expressions over stored tensors. A pass never touches tensor data: it writes an
 * expression on the parameter, which is evaluated once, when weights are bound.
 */
import type { HostTensor, Shape } from '../tensor.js';
import { float32Tensor, sizeOf } from '../tensor.js';
import { internalError } from '../errors.js';

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

/** Computes an expression, reading stored tensors through `read`. Folding is done in float64. */
export async function evaluate(
  expression: Expression,
  read: (leaf: StoredExpression) => Promise<HostTensor>,
): Promise<HostTensor> {
  if (expression.kind === 'stored') return read(expression);
  const factor = await normFactor(expression.norm, read);
  if (expression.kind === 'folded-weight') {
    const weight = await floats(expression.weight, read);
    const perChannel = sizeOf(weight.shape) / factor.length;
    const data = new Float32Array(weight.data.length);
    for (let i = 0; i < data.length; i++) {
      data[i] = weight.data[i]! * factor[Math.floor(i / perChannel)]!;
    }
    return float32Tensor(weight.shape, data);
  }
  const { norm } = expression;
  const shift = await floats(norm.shift, read);
  const mean = await floats(norm.mean, read);
  const bias = expression.bias ? (await floats(expression.bias, read)).data : undefined;
  const data = shift.data.map((b, c) => b + ((bias?.[c] ?? 0) - mean.data[c]!) * factor[c]!);
  return float32Tensor(shift.shape, data);
}

async function normFactor(
  norm: NormExpressions,
  read: (leaf: StoredExpression) => Promise<HostTensor>,
): Promise<Float64Array> {
  const scale = await floats(norm.scale, read);
  const variance = await floats(norm.variance, read);
  return Float64Array.from(scale.data, (s, c) => s / Math.sqrt(variance.data[c]! + norm.epsilon));
}

async function floats(
  expression: Expression,
  read: (leaf: StoredExpression) => Promise<HostTensor>,
): Promise<HostTensor<'float32'>> {
  const tensor = await evaluate(expression, read);
  if (tensor.dtype !== 'float32') throw internalError(`a ${tensor.dtype} parameter in arithmetic`);
  return tensor;
}
