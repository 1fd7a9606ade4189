/** @file The exponential moving average of weights, which often tests better than the last ones. */
import { float32Tensor, SpecError, type HostTensor } from '@slowfast/core';
import type { TrainingParameter } from '@slowfast/runtime-tfjs';
import * as tf from '@tensorflow/tfjs';

/** An average over the steps of a run. */
export interface WeightAverage {
  /** Takes in the parameters as they are now. */
  update(): void;
  /** A copy of the averages, by the parameters' names. */
  read(): Promise<ReadonlyMap<string, HostTensor<'float32'>>>;
  /** Goes on from these averages. */
  restore(averages: ReadonlyMap<string, HostTensor>): void;
  /** Releases the averages. */
  dispose(): void;
}

/**
 * `average = decay · average + (1 − decay) · value` of every parameter and running statistic, which starts at
 * the values now; in the first steps the decay is at most (1 + steps) / (10 + steps), so that the start is
 * soon forgotten. Throws `SpecError` for a decay that is not from 0 to below 1.
 */
export function weightAverage(
  parameters: readonly TrainingParameter[],
  decay: number,
  stepsBefore = 0,
): WeightAverage {
  if (!(decay >= 0 && decay < 1)) {
    throw new SpecError({
      site: 'ema',
      expected: 'a decay from 0 to below 1',
      received: `${decay}`,
    });
  }
  let steps = stepsBefore;
  const averages = new Map<string, tf.Tensor>();
  const remember = (name: string, average: tf.Tensor): void => {
    averages.get(name)?.dispose();
    averages.set(name, tf.keep(average));
  };
  for (const { name, variable } of parameters) remember(name, tf.clone(variable));
  return {
    update() {
      steps++;
      const keep = Math.min(decay, (1 + steps) / (10 + steps));
      tf.tidy(() => {
        for (const { name, variable } of parameters) {
          remember(name, tf.add(tf.mul(averages.get(name)!, keep), tf.mul(variable, 1 - keep)));
        }
      });
    },
    async read() {
      const copies = new Map<string, HostTensor<'float32'>>();
      for (const [name, average] of averages) {
        const data = Float32Array.from((await average.data()) as Float32Array);
        copies.set(name, float32Tensor([...average.shape], data));
      }
      return copies;
    },
    restore(state) {
      for (const [name, { data, shape }] of state) {
        remember(name, tf.tensor(data as Float32Array, [...shape]));
      }
    },
    dispose() {
      tf.dispose([...averages.values()]);
      averages.clear();
    },
  };
}
