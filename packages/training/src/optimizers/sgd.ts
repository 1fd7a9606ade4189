/** @file Stochastic gradient descent as PyTorch's `torch.optim.SGD` does it, without dampening. */
import { checkArguments, float32Tensor, SpecError, type HostTensor } from '@slowfast/core';
import { checkTensor, type TrainingParameter } from '../parameters.js';
import type { Optimizer } from './optimizer.js';

/** Options of {@link sgd}. */
export interface SgdOptions {
  /** Share of the last update that is kept; default 0. */
  readonly momentum?: number;
  /** Whether to look ahead along the momentum (Sutskever et al. 2013); default false. */
  readonly nesterov?: boolean;
  /** Added to the gradient times the value, where the parameter is regularised; default 0. */
  readonly weightDecay?: number;
}

const DEFAULTS = {
  momentum: 0,
  nesterov: false,
  weightDecay: 0,
} as const satisfies Required<SgdOptions>;

/**
 * `d = g + weightDecay · w`, `b = momentum · b + d`, then `w −= rate · b`, or `w −= rate · (d + momentum · b)`
 * with Nesterov. Throws {@link SpecError} for numbers that make no optimiser.
 */
export function sgd(parameters: readonly TrainingParameter[], options: SgdOptions = {}): Optimizer {
  checkArguments('sgd', {
    parameters: [parameters, 'array'],
    options: [options, 'object'],
  });
  const { momentum, nesterov, weightDecay } = { ...DEFAULTS, ...options };
  check('momentum', 'a number from 0 to below 1', momentum, momentum >= 0 && momentum < 1);
  check('weightDecay', 'a number of at least 0', weightDecay, weightDecay >= 0);
  check('momentum', 'a number above 0 with nesterov', momentum, !nesterov || momentum > 0);
  const trained = new Map(
    parameters.filter(({ trainable }) => trainable).map((p) => [p.name, p] as const),
  );
  const parameterOf = (name: string): TrainingParameter => {
    const parameter = trained.get(name);
    if (parameter) return parameter;
    throw new SpecError({
      site: 'sgd',
      expected: `one of the ${trained.size} trained parameters`,
      received: `'${name}'`,
    });
  };
  // A buffer of zeros is PyTorch's missing one: momentum · 0 + d is d.
  const buffers = new Map<string, Float32Array>();

  function update(
    { name, data, regularised }: TrainingParameter,
    gradient: Float32Array,
    rate: number,
  ): void {
    const decay = regularised ? weightDecay : 0;
    const buffer = buffers.get(name) ?? new Float32Array(data.length);
    if (momentum > 0) buffers.set(name, buffer);
    for (let i = 0; i < data.length; i++) {
      const d = gradient[i]! + decay * data[i]!;
      const b = momentum * buffer[i]! + d;
      buffer[i] = b;
      data[i] = data[i]! - rate * (nesterov ? d + momentum * b : b);
    }
  }

  return {
    step(gradients, learningRate, rateOf = () => 1) {
      for (const [name, gradient] of gradients) {
        update(parameterOf(name), gradient, learningRate * rateOf(name));
      }
    },
    state: () =>
      new Map(
        [...buffers].map(([name, buffer]) => {
          return [name, float32Tensor(trained.get(name)!.shape, buffer.slice())];
        }),
      ),
    restore(state) {
      const checked = [...state].map(([name, tensor]): readonly [string, HostTensor] => {
        checkTensor(name, tensor, parameterOf(name));
        return [name, tensor];
      });
      buffers.clear();
      for (const [name, { data }] of checked) {
        buffers.set(name, Float32Array.from(data as Float32Array));
      }
    },
  };
}

function check(option: string, expected: string, value: number, isValid: boolean): void {
  if (isValid) return;
  throw new SpecError({ site: `sgd.${option}`, expected, received: `${value}` });
}
