/** @file The options by which commands say which model they mean, and how it is loaded. */
import type { Command } from 'commander';
import { DATASETS, ZOO_CONVENTIONS, type Dataset, type ModelZoo } from '@slowfast/models';
import type { LoadModelOptions } from '@slowfast/checkpoints';
import { defined } from '../defined.js';
import type { ModelOptions } from '../model/open-model.js';
import { UsageError } from './exit.js';

export { DEFAULT_MODEL } from '@slowfast/models';

/** What the options of {@link addModelOptions} parse to. */
export interface ModelFlags {
  readonly model?: string;
  readonly weights?: string;
  readonly zoo?: ModelZoo;
  readonly dataset?: Dataset;
  readonly classes?: number;
  readonly size?: number;
  readonly frames?: number;
  readonly alpha?: number;
  readonly nonlocalPool?: readonly [number, number, number];
  readonly seed?: number;
}

/** Adds the options that change a model of the catalog. */
export function addVariantOptions(command: Command): Command {
  return command
    .option('--zoo <name>', `whose variant it is: ${Object.keys(ZOO_CONVENTIONS).join(', ')}`)
    .option('--dataset <name>', `whose classes: ${Object.keys(DATASETS).join(', ')}`)
    .option('--classes <n>', 'number of classes, where it is no known data set', wholeNumber)
    .option('--size <pixels>', 'side of the square input (default 256)', wholeNumber)
    .option('--frames <n>', 'frames of the raw clip (default: as published)', wholeNumber)
    .option(
      '--alpha <n>',
      'frames of Fast over frames of Slow (default: as published)',
      wholeNumber,
    )
    .option('--nonlocal-pool <TxHxW>', 'key and value pooling of non-local blocks', triple);
}

/** Adds the options that say where weights come from. */
export function addWeightOptions(command: Command): Command {
  return command
    .option(
      '--weights <file>',
      'checkpoint (.pyth, .pkl, .pth) or .safetensors; or initialised: drawn at random, untrained',
    )
    .option('--seed <n>', 'seed of --weights initialised (default: 0)', wholeNumber);
}

/** What the flags say, as options of `openModel`. */
export function modelOptions(flags: ModelFlags): ModelOptions {
  const { weights, model, seed } = flags;
  return { ...variantOptions(flags), ...defined({ model, weights, seed }) };
}

/** The catalog's part of the flags, without those that were not given. */
export function variantOptions(
  flags: Omit<ModelFlags, 'model' | 'weights' | 'seed'>,
): Omit<LoadModelOptions, 'model' | 'weights' | 'seed'> {
  const { zoo, dataset, classes, size, frames, alpha, nonlocalPool } = flags;
  return defined({ zoo, dataset, classes, size, frames, alpha, nonLocalPool: nonlocalPool });
}

/** Parses a whole number of at least 0. */
export function wholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new UsageError(`expected a whole number, received '${text}'`);
}

/** Parses `2x2x2`. */
export function triple(text: string): readonly [number, number, number] {
  const match = /^(\d{1,3})x(\d{1,3})x(\d{1,3})$/.exec(text);
  if (!match) throw new UsageError(`expected TxHxW such as 2x2x2, received '${text}'`);
  return [Number(match[1]), Number(match[2]), Number(match[3])];
}

/** Parses `10x3`: clips x crops; crops are one in the centre or three. */
export function viewCounts(text: string): { readonly clips: number; readonly crops: number } {
  const match = /^([1-9]\d{0,3})x([13])$/.exec(text);
  if (!match) {
    throw new UsageError(
      `expected clips x crops such as 10x3 or 1x1 (1 or 3 crops), received '${text}'`,
    );
  }
  return { clips: Number(match[1]), crops: Number(match[2]) };
}

/** The value of an option that allows a few; throws {@link UsageError} for others. */
export function oneOf<const T extends string>(
  option: string,
  value: string,
  allowed: readonly T[],
): T {
  const found = allowed.find((candidate) => candidate === value);
  if (found !== undefined) return found;
  throw new UsageError(`${option}: expected ${allowed.join(' or ')}, received '${value}'`);
}
