/** @file Learning rates over a run, in epochs and parts of them. */
import { checkArguments, SpecError } from '@slowfast/core';

/** A schedule: how the learning rate changes. */
export interface ScheduleOptions {
  /** `cosine`: half a period (paper, appendix; Loshchilov and Hutter 2017). Default `cosine`. */
  readonly kind?: 'cosine' | 'step' | 'constant';
  /** The highest rate. */
  readonly lr: number;
  /** The rate at the end of a cosine; default 0. */
  readonly finalLr?: number;
  /** Epochs in which the rate rises linearly from `warmupLr` to what the schedule says at their end; default 0. */
  readonly warmupEpochs?: number;
  /** The rate at the very start of a warm-up; default a hundredth of `lr`. */
  readonly warmupLr?: number;
  /** Epochs at which a `step` schedule multiplies the rate by `factor`. */
  readonly steps?: readonly number[];
  /** Default 0.1. */
  readonly factor?: number;
  /** In place of `factor`: rates over `lr`, the first before any step, then one from each step on. */
  readonly rates?: readonly number[];
}

/** The learning rate at a time, in epochs from the start (fractions are within an epoch). */
export type Schedule = (epoch: number) => number;

/** The schedule of a run of `epochs`. Throws `SpecError` for rates that make none. */
export function scheduleOf(options: ScheduleOptions, epochs: number): Schedule {
  checkArguments('scheduleOf', { options: [options, 'object'] });
  const { kind = 'cosine', lr, finalLr = 0, warmupEpochs = 0, steps = [], factor = 0.1 } = options;
  const { warmupLr = lr / 100, rates } = options;
  positive('lr', lr);
  atLeastZero('finalLr', finalLr);
  atLeastZero('warmupLr', warmupLr);
  atLeastZero('warmupEpochs', warmupEpochs);
  if (rates && rates.length <= steps.length) {
    throw wrong('rates', `${steps.length + 1} of them for ${steps.length} steps`, rates.length);
  }
  const after: Schedule = {
    cosine: (epoch: number) =>
      finalLr + (lr - finalLr) * 0.5 * (1 + Math.cos(Math.PI * Math.min(1, epoch / epochs))),
    step: (epoch: number) => {
      const count = steps.filter((at) => epoch >= at).length;
      return lr * (rates?.[count] ?? factor ** count);
    },
    constant: () => lr,
  }[kind];
  const top = after(warmupEpochs);
  return (epoch) =>
    epoch < warmupEpochs ? warmupLr + ((top - warmupLr) * epoch) / warmupEpochs : after(epoch);
}

function positive(site: string, value: number): void {
  if (value > 0 && Number.isFinite(value)) return;
  throw wrong(site, 'a positive number', value);
}

function atLeastZero(site: string, value: number): void {
  if (value >= 0 && Number.isFinite(value)) return;
  throw wrong(site, 'a number of at least 0', value);
}

const wrong = (site: string, expected: string, value: number): SpecError =>
  new SpecError({ site: `schedule.${site}`, expected, received: `${value}` });
