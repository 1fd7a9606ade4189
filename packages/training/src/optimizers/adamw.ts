/** @file Adam with decoupled weight decay (Loshchilov and Hutter 2019), as PyTorch's `torch.optim.AdamW`. */
import { float32Tensor, ShapeError, shapeText, SpecError, type HostTensor } from '@slowfast/core';
import type { Optimizer, TrainingParameter } from '@slowfast/runtime-tfjs';
import * as tf from '@tensorflow/tfjs';

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

/** What an update remembers of one parameter. */
interface Moments {
  readonly first: tf.Tensor;
  readonly second: tf.Tensor;
}

/** The name under which the number of steps is kept. */
const STEPS = 'steps';

/**
 * `w −= rate · decay · w`, then `w −= rate · m̂ / (√v̂ + ε)` with the bias-corrected means m̂ of the gradient and
 * v̂ of its square. Throws `SpecError` for numbers that make no optimiser.
 */
export function adamW(
  parameters: readonly TrainingParameter[],
  options: AdamWOptions = {},
): Optimizer {
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

  function remember(name: string, { first, second }: Moments): void {
    const before = moments.get(name);
    if (before) tf.dispose([before.first, before.second]);
    moments.set(name, { first: tf.keep(first), second: tf.keep(second) });
  }

  function update(parameter: TrainingParameter, gradient: tf.Tensor, rate: number): void {
    const { name, variable, regularised } = parameter;
    const before = moments.get(name);
    const g = tf.mul(gradient, 1 - beta1);
    const square = tf.mul(tf.square(gradient), 1 - beta2);
    const first = before ? tf.add(tf.mul(before.first, beta1), g) : g;
    const second = before ? tf.add(tf.mul(before.second, beta2), square) : square;
    remember(name, { first, second });
    const root = tf.mul(tf.sqrt(second), 1 / Math.sqrt(1 - beta2 ** steps));
    const direction = tf.div(first, tf.add(root, epsilon));
    const kept = regularised ? tf.mul(variable, 1 - rate * weightDecay) : variable;
    variable.assign(tf.sub(kept, tf.mul(direction, rate / (1 - beta1 ** steps))));
  }

  return {
    step(gradients, learningRate) {
      steps++;
      tf.tidy(() => {
        for (const [name, gradient] of gradients) {
          const parameter = trained.get(name);
          if (!parameter) throw unknown(name);
          update(parameter, gradient, learningRate);
        }
      });
    },
    async state() {
      const state = new Map<string, HostTensor<'float32'>>();
      for (const [name, { first, second }] of moments) {
        state.set(`first.${name}`, await copyOf(first));
        state.set(`second.${name}`, await copyOf(second));
      }
      return state.set(STEPS, float32Tensor([1], Float32Array.of(steps)));
    },
    restore(state) {
      const given = new Map(state);
      for (const { first, second } of moments.values()) tf.dispose([first, second]);
      moments.clear();
      steps = Number(given.get(STEPS)?.data[0] ?? 0);
      for (const [key, tensor] of given) {
        if (key === STEPS) continue;
        const name = key.replace(/^(first|second)\./, '');
        const parameter = trained.get(name);
        const other = given.get(`second.${name}`);
        if (!parameter || key === name || !other) throw unknown(key);
        for (const moment of [tensor, other]) checkShape(key, moment, parameter);
        if (key.startsWith('first.')) {
          remember(name, { first: restored(tensor), second: restored(other) });
        }
      }
    },
    dispose() {
      for (const { first, second } of moments.values()) tf.dispose([first, second]);
      moments.clear();
    },
  };
}

const restored = ({ data, shape }: HostTensor): tf.Tensor =>
  tf.tensor(data as Float32Array, [...shape]);

async function copyOf(tensor: tf.Tensor): Promise<HostTensor<'float32'>> {
  // The next step disposes the tensor, which may come before its values do.
  const copy = tf.clone(tensor);
  try {
    return float32Tensor([...copy.shape], Float32Array.from((await copy.data()) as Float32Array));
  } finally {
    copy.dispose();
  }
}

function checkShape(site: string, { dtype, shape }: HostTensor, wanted: TrainingParameter): void {
  if (dtype === 'float32' && shape.join() === wanted.shape.join()) return;
  throw new ShapeError({
    site,
    expected: `float32 ${shapeText(wanted.shape)}`,
    received: `${dtype} ${shapeText(shape)}`,
  });
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
