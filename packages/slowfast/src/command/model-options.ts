/** @file The options by which commands say which model they mean, and how it is loaded. */
import type { Size } from '@slowfast/core';
import type { Dataset, FastInput, LateralName, ModelZoo } from '@slowfast/models';
import type { LoadModelOptions } from '@slowfast/checkpoints';
import { defined } from '../defined.js';
import type { ModelOptions } from '../model/open-model.js';
import { downloadLine } from './download-line.js';
import type { Terminal } from './terminal.js';

/** What the options of the declarations parse to. */
export interface ModelFlags {
  readonly model?: string;
  readonly weights?: string;
  readonly config?: string;
  readonly zoo?: ModelZoo;
  readonly dataset?: Dataset;
  readonly classes?: number;
  readonly size?: Size;
  readonly frames?: number;
  readonly alpha?: number;
  readonly nonlocalPool?: readonly [number, number, number];
  readonly clipStride?: number;
  readonly headPool?: 'window' | 'global';
  readonly trainCrop?: number;
  readonly width?: number;
  readonly lateral?: LateralName;
  readonly lateralKernel?: number;
  readonly fastInput?: FastInput;
  readonly beta?: number;
  /** `pose` or `limbs`, where a command has it. */
  readonly input?: string;
  readonly seed?: number;
  readonly offline?: boolean;
}

/** What the flags say, as options of `openModel`, with a line of progress while published weights are fetched. */
export function modelOptions(flags: ModelFlags, terminal: Terminal): ModelOptions {
  const { weights, config, model, seed, offline } = flags;
  return {
    ...variantOptions(flags),
    ...defined({ model, weights, config, seed, offline }),
    onDownload: downloadLine(terminal),
    signal: terminal.signal,
  };
}

/** The catalog's part of the flags, without those that were not given. */
export function variantOptions(
  flags: Omit<ModelFlags, 'model' | 'weights' | 'config' | 'seed' | 'offline'>,
): Omit<LoadModelOptions, 'model' | 'weights' | 'seed'> {
  const { zoo, dataset, classes, size, frames, clipStride, alpha, nonlocalPool } = flags;
  const { headPool, trainCrop, width, lateral, lateralKernel, fastInput, beta, input } = flags;
  const parts = input === 'pose' ? 'joints' : input === 'limbs' ? input : undefined;
  return defined({
    parts,
    ...{
      zoo,
      dataset,
      classes,
      size,
      frames,
      stride: clipStride,
      alpha,
      nonLocalPool: nonlocalPool,
    },
    ...{ pool: headPool, trainCrop, width, lateral, lateralKernel, fastInput, beta },
  });
}
