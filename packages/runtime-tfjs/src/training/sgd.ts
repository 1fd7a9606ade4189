/** @file Stochastic gradient descent as PyTorch's `torch.optim.SGD` does it, without dampening. */
import { SpecError, type HostTensor } from '@slowfast/core';
import * as tf from '@tensorflow/tfjs';
import { checkShape, hostTensor } from './feeds.js';
import type { TrainingParameter } from './parameters.js';

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

/** An optimiser: what {@link sgd} gives. */
export interface Optimizer {
  /** Changes the parameters that have a gradient; gradients stay the caller's. */
  step(gradients: ReadonlyMap<string, tf.Tensor>, learningRate: number): void;
  /** A copy of what it remembers, by parameter name. */
  state(): Promise<ReadonlyMap<string, HostTensor<'float32'>>>;
  /** Remembers this instead; throws {@link SpecError} for unknown names, ShapeError for other shapes. */
  restore(state: Iterable<readonly [name: string, tensor: HostTensor]>): void;
  /** Releases what it remembers. */
  dispose(): void;
}

/**
 * `d = g + weightDecay · w`, `b = momentum · b + d`, then `w −= rate · b`, or `w −= rate · (d + momentum · b)`
 * with Nesterov. Throws {@link SpecError} for numbers that make no optimiser.
 */
export function sgd(parameters: readonly TrainingParameter[], options: SgdOptions = {}): Optimizer {
  const { momentum, nesterov, weightDecay } = { ...DEFAULTS, ...options };
  check('momentum', 'a number from 0 to below 1', momentum, momentum >= 0 && momentum < 1);
  check('weightDecay', 'a number of at least 0', weightDecay, weightDecay >= 0);
  check('momentum', 'a number above 0 with nesterov', momentum, !nesterov || momentum > 0);
  const trained = new Map(
    parameters.filter(({ trainable }) => trainable).map((p) => [p.name, p] as const),
  );
  // A buffer of zeros is PyTorch's missing one: momentum · 0 + d is d.
  const buffers = new Map<string, tf.Tensor>();
  const remember = (name: string, buffer: tf.Tensor): void => {
    buffers.get(name)?.dispose();
    buffers.set(name, tf.keep(buffer));
  };

  function update(
    { name, variable, regularised }: TrainingParameter,
    gradient: tf.Tensor,
    rate: number,
  ) {
    const decay = regularised && weightDecay > 0;
    const d = decay ? tf.add(gradient, tf.mul(variable, weightDecay)) : gradient;
    let direction = d;
    if (momentum > 0) {
      const before = buffers.get(name);
      const buffer = before ? tf.add(tf.mul(before, momentum), d) : tf.clone(d);
      direction = nesterov ? tf.add(d, tf.mul(buffer, momentum)) : buffer;
      remember(name, buffer);
    }
    variable.assign(tf.sub(variable, tf.mul(direction, rate)) as tf.Tensor);
  }

  return {
    step(gradients, learningRate) {
      tf.tidy(() => {
        for (const [name, gradient] of gradients) {
          const parameter = trained.get(name);
          if (!parameter) throw unknown(name, trained.size);
          update(parameter, gradient, learningRate);
        }
      });
    },
    async state() {
      const copies = [...buffers].map(([name, buffer]) => [name, tf.clone(buffer)] as const);
      const state = new Map<string, HostTensor<'float32'>>();
      for (const [name, copy] of copies) state.set(name, await hostTensor(copy));
      return state;
    },
    restore(state) {
      const checked = [...state].map(([name, tensor]) => {
        const parameter = trained.get(name);
        if (!parameter) throw unknown(name, trained.size);
        checkShape(name, tensor, parameter.shape);
        return [name, tensor] as const;
      });
      tf.dispose([...buffers.values()]);
      buffers.clear();
      for (const [name, { data, shape }] of checked) {
        remember(name, tf.tensor(data as Float32Array, [...shape]));
      }
    },
    dispose() {
      tf.dispose([...buffers.values()]);
      buffers.clear();
    },
  };
}

function check(option: string, expected: string, value: number, isValid: boolean): void {
  if (isValid) return;
  throw new SpecError({ site: `sgd.${option}`, expected, received: `${value}` });
}

const unknown = (name: string, count: number): SpecError =>
  new SpecError({
    site: 'sgd',
    expected: `one of the ${count} trained parameters`,
    received: `'${name}'`,
  });
