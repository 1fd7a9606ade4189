/** @file What a model in training is made of. */
import type { Graph, Runtime, UnitOf } from '@slowfast/core';
import type { Freeze } from './freeze.js';
import type { LossGraph } from './loss-graph.js';
import type { MemoryLimit } from './memory-limit.js';
import type { PartNames } from './parameters.js';

/** Options of `trainingModel`. */
export interface TrainingOptions<O extends string> {
  /** What computes: `onnxRuntime(...)`, `tfjsRuntime(...)`. */
  readonly runtime: Pick<Runtime<unknown>, 'compile'>;
  readonly loss: LossGraph<O>;
  /** Decides what is dropped; default 0. */
  readonly seed?: number;
  /** Lateral connections that are dropped for a batch at a time; default: none. */
  readonly dropPathway?: DropPathway;
  /**
   * Parts that are not trained. Their batch norms use the running statistics and leave them as they are, so that they
   * are as quick as at inference. Default: none.
   */
  readonly freeze?: Freeze;
  /**
   * Batch norms that use the running statistics and leave them as they are, while their scale and shift are trained:
   * all, or those in these parts. Default: none.
   */
  readonly freezeBatchNorm?: boolean | PartNames;
  /**
   * What is computed in place of the whole network: `rest` of `splitFrozen`, whose inputs are then what is fed. Weights
   * are those of the whole network. Default: the whole network.
   */
  readonly part?: Graph<string, O>;
  /**
   * The same network for other extents of its inputs: what is fed decides which one a step computes. Parameters are those
   * of the model. Default: none.
   */
  readonly resized?: readonly Graph<string, O>[];
  /** Units whose values are computed once more on the way back, which takes less memory and more time: `residualBlocks`. */
  readonly recompute?: UnitOf;
  /** What a step may take, in place of `recompute`: as few stages as that needs are computed twice. */
  readonly memory?: MemoryLimit;
}

/** DropPathway (Xiao et al. 2020): what a pathway brings to others is left out of a whole batch at random. */
export interface DropPathway {
  /** Probability that it is, drawn for each batch. */
  readonly rate: number;
  /** Names of the values that the pathway brings: of `additions` of a model. */
  readonly values: readonly string[];
}
