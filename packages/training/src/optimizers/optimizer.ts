/** @file What every optimiser does. */
import type { HostTensor } from '@slowfast/core';
import type { Gradients } from './gradients.js';

/** An optimiser over the parameters of a model: `sgd(...)`, `adamW(...)`. */
export interface Optimizer {
  /**
   * Changes the parameters that have a gradient; `rateOf` scales the learning rate of a parameter. Throws SpecError for
   * one that is not trained.
   */
  step(gradients: Gradients, learningRate: number, rateOf?: (parameter: string) => number): void;
  /** A copy of what it remembers, by parameter name. */
  state(): ReadonlyMap<string, HostTensor<'float32'>>;
  /** Remembers this instead; throws SpecError for unknown names, ShapeError for other shapes. */
  restore(state: Iterable<readonly [name: string, tensor: HostTensor]>): void;
}
