/** @file What is said when numbers leave the range of numbers. */
import { RuntimeError, type HostTensor } from '@slowfast/core';

/** Where a run was. */
export interface FailedStep {
  /** Number of the step, from 1. */
  readonly step: number;
  readonly epoch: number;
  readonly learningRate: number;
  /** Path of the last checkpoint that was written. */
  readonly lastGood?: string;
}

/** The error for a number that is not finite, with where to go on from. */
export function notFinite(
  what: string,
  received: number,
  { step, epoch, learningRate, lastGood }: FailedStep,
): RuntimeError {
  const from =
    lastGood === undefined
      ? 'There is no checkpoint yet'
      : `The last good checkpoint is ${lastGood}`;
  return new RuntimeError({
    site: `training step ${step} (epoch ${epoch.toFixed(2)}, learning rate ${learningRate.toPrecision(3)})`,
    expected: `a finite ${what}`,
    received: `${received}`,
    remedy: `${from}; lower the learning rate, lengthen the warm-up, or clip gradients`,
  });
}

/** The name of the first tensor with an element that is not finite. */
export function firstNotFinite(tensors: ReadonlyMap<string, HostTensor>): string | undefined {
  for (const [name, { dtype, data }] of tensors) {
    if (dtype === 'float32' && !data.every(Number.isFinite)) return name;
  }
  return undefined;
}
