/** @file The values of parameters: their expressions, computed over stored tensors. */
import { internalError } from '../errors.js';
import type { Expression, NormExpressions, StoredExpression } from '../ir/expression.js';
import { float32Tensor, sizeOf, type HostTensor } from '../tensor.js';

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
    for (let c = 0, i = 0; c < factor.length; c++) {
      const scale = factor[c]!;
      for (const end = i + perChannel; i < end; i++) data[i] = weight.data[i]! * scale;
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
