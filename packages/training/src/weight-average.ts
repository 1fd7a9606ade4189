/** @file The exponential moving average of weights, which often tests better than the last ones. */
import { checkArguments, float32Tensor, SpecError, type HostTensor } from '@slowfast/core';
import type { TrainingParameter } from './parameters.js';

/** An average over the steps of a run. */
export interface WeightAverage {
  /** Takes in the parameters as they are now. */
  update(): void;
  /** A copy of the averages, by the parameters' names. */
  read(): ReadonlyMap<string, HostTensor<'float32'>>;
  /** Goes on from these averages. */
  restore(averages: ReadonlyMap<string, HostTensor>): void;
}

/**
 * `average = decay · average + (1 − decay) · value` of every parameter and running statistic, which starts at
 * the values now; in the first steps the decay is at most (1 + steps) / (10 + steps), so that the start is
 * soon forgotten. What never changes stays exactly as it is. Throws {@link SpecError} for a decay that is not from 0 to
 * below 1.
 */
export function weightAverage(
  parameters: readonly TrainingParameter[],
  decay: number,
  stepsBefore = 0,
): WeightAverage {
  checkArguments('weightAverage', { parameters: [parameters, 'array'] });
  if (!(decay >= 0 && decay < 1)) {
    throw new SpecError({
      site: 'ema',
      expected: 'a decay from 0 to below 1',
      received: `${decay}`,
    });
  }
  let steps = stepsBefore;
  // The others never change.
  const changing = parameters.filter(
    ({ trainable, role }) => trainable || role.startsWith('running'),
  );
  const averages = new Map(changing.map(({ name, data }) => [name, data.slice()] as const));
  return {
    update() {
      steps++;
      const share = 1 - Math.min(decay, (1 + steps) / (10 + steps));
      for (const { name, data } of changing) {
        const average = averages.get(name)!;
        for (let i = 0; i < data.length; i++) {
          average[i] = average[i]! + share * (data[i]! - average[i]!);
        }
      }
    },
    read: () =>
      new Map(
        parameters.map(({ name, shape, data }) => {
          return [name, float32Tensor(shape, (averages.get(name) ?? data).slice())];
        }),
      ),
    restore(state) {
      for (const [name, { data }] of state) averages.get(name)?.set(data as Float32Array);
    },
  };
}
