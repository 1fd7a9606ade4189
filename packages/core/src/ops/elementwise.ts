import type { Dim, TensorType } from '../ir/types.js';
import { checkCount, shapeText, type Fail, type OpDefinition } from './definition.js';

/** Per-channel normalisation; inference uses the running mean and variance. */
export const batchNorm: OpDefinition<'batch_norm'> = {
  infer(inputs, attrs, fail) {
    checkCount(inputs, 5, 5, fail);
    const [x, ...perChannel] = inputs;
    if (!(attrs.epsilon > 0)) fail('an epsilon above 0', `${attrs.epsilon}`);
    for (const part of perChannel) {
      if (part.shape.length !== 1 || part.shape[0] !== x!.shape[1]) {
        fail(`a tensor of shape [${x!.shape[1]}]`, shapeText(part.shape));
      }
    }
    return x!;
  },
  traits: { elementwise: true },
};

/** A function of each element. */
export const activation: OpDefinition<'activation'> = {
  infer: (inputs, _attrs, fail) => (checkCount(inputs, 1, 1, fail), inputs[0]!),
  traits: { elementwise: true },
};

/** Multiplication by a constant. */
export const scale: OpDefinition<'scale'> = {
  infer: (inputs, attrs, fail) => {
    checkCount(inputs, 1, 1, fail);
    if (!Number.isFinite(attrs.factor)) fail('a finite factor', `${attrs.factor}`);
    return inputs[0]!;
  },
  traits: { elementwise: true },
};

/** Random zeroing while training, nothing at inference. */
export const dropout: OpDefinition<'dropout'> = {
  infer: (inputs, attrs, fail) => {
    checkCount(inputs, 1, 1, fail);
    if (!(attrs.rate >= 0 && attrs.rate < 1)) fail('a rate from 0 to below 1', `${attrs.rate}`);
    return inputs[0]!;
  },
  traits: { elementwise: true, identityAtInference: true },
};

/** Sum of two values. */
export const add: OpDefinition<'add'> = {
  infer: (inputs, _attrs, fail) => broadcast(inputs, fail),
  traits: { elementwise: true, fusesActivation: true },
};

/** Product of two values. */
export const mul: OpDefinition<'mul'> = {
  infer: (inputs, _attrs, fail) => broadcast(inputs, fail),
  traits: { elementwise: true },
};

function broadcast(inputs: readonly TensorType[], fail: Fail): TensorType {
  checkCount(inputs, 2, 2, fail);
  const [a, b] = inputs as [TensorType, TensorType];
  const fits =
    a.shape.length === b.shape.length &&
    a.shape.every((dim, axis) => dim === b.shape[axis] || dim === 1 || b.shape[axis] === 1);
  if (!fits) {
    fail(
      'two values of one shape, or 1 where they differ',
      `${shapeText(a.shape)} and ${shapeText(b.shape)}`,
    );
  }
  const shape = a.shape.map((dim, axis): Dim => (dim === 1 ? b.shape[axis]! : dim));
  return { dtype: a.dtype, shape };
}
