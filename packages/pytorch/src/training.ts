/** @file What `training.json` says: plain data that `train.py` reads. */
import type { Preprocessing } from '@slowfast/core';

/** How a network is trained by `train.py`; the names are those of a configuration of `slowfast train`. */
export interface ProgramTraining {
  readonly name: string;
  /** The folder of the run. */
  readonly output: string;
  readonly seed: number;
  readonly network: {
    /** The pathways in the order in which the network takes them. */
    readonly inputs: readonly string[];
    readonly classes: number;
    readonly labels?: readonly string[];
    /** Parts that are not trained. */
    readonly frozen: readonly string[];
    /** Parts whose batch norms keep their running statistics; `true`: all. */
    readonly fixedStatistics: boolean | readonly string[];
    /** Factors on the learning rate by parameter; default 1. */
    readonly rates?: Readonly<Record<string, number>>;
  };
  readonly preprocessing: Preprocessing;
  readonly data: {
    readonly train: string;
    readonly test?: string;
    /** What the paths of the lists start from. */
    readonly root: string;
    readonly frames: number;
    readonly stride: number;
    readonly fps: number;
    readonly crop: readonly [height: number, width: number];
    readonly aspect: 'keep' | 'stretch';
    readonly scale: readonly [least: number, most: number];
    readonly inverseScale: boolean;
    readonly ratio: readonly [least: number, most: number];
    readonly speed: readonly [least: number, most: number];
    readonly flip: boolean;
    readonly colour: object;
    readonly mean: readonly number[];
    readonly std: readonly number[];
    readonly channelOrder: 'rgb' | 'bgr';
  };
  /** Epochs, batch, schedule, optimiser, loss and more, as `slowfast train` has them. */
  readonly train: object;
  readonly evaluate: object;
  readonly checkpoint: object;
}
