/** @file Adam with decoupled weight decay (Loshchilov and Hutter 2019), as PyTorch's `torch.optim.AdamW`. */
import { checkArguments, float32Tensor, SpecError, type HostTensor } from '@slowfast/core';
import { checkTensor, type TrainingParameter } from '../parameters.js';
import type { Optimizer } from './optimizer.js';

/** Options of {@link adamW}. */
export interface AdamWOptions {
  /** Shares of the mean gradient and of the mean square that are kept; default 0.9 and 0.999. */
  readonly betas?: readonly [mean: number, square: number];
  /** Keeps the step finite where gradients vanish; default 1e-8. */
  readonly epsilon?: number;
  /** Share of the value, times the learning rate, that is taken away where regularised; default 0.01. */
  readonly weightDecay?: number;
}

const DEFAULTS = {
  betas: [0.9, 0.999],
  epsilon: 1e-8,
  weightDecay: 0.01,
} as const satisfies Required<AdamWOptions>;

/** What an update remembers of one parameter: means of its gradient and of the gradient's square. */
interface Moments {
  readonly first: Float32Array;
  readonly second: Float32Array;
}

/** The name under which the number of steps is kept. */
const STEPS = 'steps';

/**
 * `w −= rate · decay · w`, then `w −= rate · m̂ / (√v̂ + ε)` with the bias-corrected means m̂ of the gradient and
 * v̂ of its square. Throws {@link SpecError} for numbers that make no optimiser.
 */
export function adamW(
  parameters: readonly TrainingParameter[],
  options: AdamWOptions = {},
): Optimizer {
  checkArguments('adamW', {
    parameters: [parameters, 'array'],
    options: [options, 'object'],
  });
  const { betas, epsilon, weightDecay } = { ...DEFAULTS, ...options };
  const [beta1, beta2] = betas;
  for (const [i, beta] of betas.entries()) {
    check(`betas[${i}]`, 'a number from 0 to below 1', beta, beta >= 0 && beta < 1);
  }
  check('epsilon', 'a positive number', epsilon, epsilon > 0);
  check('weightDecay', 'a number of at least 0', weightDecay, weightDecay >= 0);
  const trained = new Map(
    parameters.filter(({ trainable }) => trainable).map((p) => [p.name, p] as const),
  );
  const moments = new Map<string, Moments>();
  let steps = 0;

  function update(parameter: TrainingParameter, gradient: Float32Array, rate: number): void {
    const { name, data, regularised } = parameter;
    const { first, second } = moments.get(name) ?? {
      first: new Float32Array(data.length),
      second: new Float32Array(data.length),
    };
    moments.set(name, { first, second });
    const decay = regularised ? 1 - rate * weightDecay : 1;
    const step = rate / (1 - beta1 ** steps);
    const scale = 1 / Math.sqrt(1 - beta2 ** steps);
    for (let i = 0; i < data.length; i++) {
      const g = gradient[i]!;
      first[i] = beta1 * first[i]! + (1 - beta1) * g;
      second[i] = beta2 * second[i]! + (1 - beta2) * g * g;
      data[i] = decay * data[i]! - (step * first[i]!) / (Math.sqrt(second[i]!) * scale + epsilon);
    }
  }

  return {
    step(gradients, learningRate, rateOf = () => 1) {
      steps++;
      for (const [name, gradient] of gradients) {
        const parameter = trained.get(name);
        if (!parameter) throw unknown(name);
        update(parameter, gradient, learningRate * rateOf(name));
      }
    },
    state() {
      const state = new Map<string, HostTensor<'float32'>>();
      for (const [name, { first, second }] of moments) {
        const { shape } = trained.get(name)!;
        state.set(`first.${name}`, float32Tensor(shape, first.slice()));
        state.set(`second.${name}`, float32Tensor(shape, second.slice()));
      }
      return state.set(STEPS, float32Tensor([1], Float32Array.of(steps)));
    },
    restore(state) {
      const entries = new Map(state);
      moments.clear();
      steps = Number(entries.get(STEPS)?.data[0] ?? 0);
      for (const [key, tensor] of entries) {
        if (key === STEPS) continue;
        const name = key.replace(/^(first|second)\./, '');
        const parameter = trained.get(name);
        const other = entries.get(`second.${name}`);
        if (!parameter || key === name || !other) throw unknown(key);
        for (const moment of [tensor, other]) checkTensor(key, moment, parameter);
        if (!key.startsWith('first.')) continue;
        const [first, second] = [tensor, other].map(({ data }) =>
          Float32Array.from(data as Float32Array),
        );
        moments.set(name, { first: first!, second: second! });
      }
    },
  };
}

const unknown = (name: string): SpecError =>
  new SpecError({
    site: 'adamW',
    expected: 'the name of a trained parameter',
    received: `'${name}'`,
  });

function check(site: string, expected: string, received: number, good: boolean): void {
  if (good) return;
  throw new SpecError({ site: `adamW.${site}`, expected, received: `${received}` });
}
