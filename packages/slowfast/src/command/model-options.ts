/** @file The options by which commands say which model they mean, and how it is loaded. */
import type { Command } from 'commander';
import { fileSource, fileText, SpecError } from '@slowfast/core';
import {
  DATASETS,
  DEFAULT_MODEL,
  DEFAULT_MODEL_TITLE,
  ZOO_CONVENTIONS,
  classLabels,
  isLabelSet,
  type Dataset,
  type ModelZoo,
} from '@slowfast/models';
import { loadModel, type LoadModelOptions, type LoadedModel } from '@slowfast/checkpoints';
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
    .option('--weights <file>', 'checkpoint (.pyth, .pkl, .pth) or .safetensors')
    .option('--seed <n>', 'seed of initialised weights, where there is no file', wholeNumber);
}

/** Loads what the flags say; without name and weights it is {@link DEFAULT_MODEL}, and a note says so. */
export async function loadFlagged(flags: ModelFlags): Promise<LoadedModel> {
  const { weights, model, seed, nonlocalPool, ...variant } = flags;
  const options: LoadModelOptions = {
    ...variantOptions(variant),
    ...(nonlocalPool ? { nonLocalPool: nonlocalPool } : {}),
    ...(model === undefined ? {} : { model }),
    ...(seed === undefined ? {} : { seed }),
    ...(weights === undefined ? {} : { weights: await fileSource(weights) }),
  };
  const loaded = await loadModel(options);
  if (model !== undefined || weights !== undefined) return loaded;
  return { ...loaded, notes: [defaultNote(loaded), ...loaded.notes] };
}

function defaultNote({ metadata: { labels = [] } }: LoadedModel): string {
  return (
    `the model is ${DEFAULT_MODEL}, a ${DEFAULT_MODEL_TITLE}: it knows ` +
    `${labels.length} classes (${labels.join(', ')}); --model and --weights choose another`
  );
}

/** The catalog's part of the flags, without those that were not given. */
export function variantOptions(
  flags: Omit<ModelFlags, 'model' | 'weights' | 'seed'>,
): LoadModelOptions {
  const { zoo, dataset, classes, size, frames, alpha, nonlocalPool } = flags;
  const given = { zoo, dataset, classes, size, frames, alpha, nonLocalPool: nonlocalPool };
  return Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  ) as LoadModelOptions;
}

/** Labels from a file (one a line) or a known set; throws {@link SpecError} when their number is wrong. */
export async function labelsFrom(source: string, classes: number): Promise<readonly string[]> {
  const labels = isLabelSet(source) ? await classLabels(source) : await readLabelFile(source);
  if (labels.length === classes) return labels;
  throw new SpecError({
    site: `--labels ${source}`,
    expected: `${classes} labels, one a class`,
    received: `${labels.length}`,
  });
}

/** Class names from a file, one a line; throws {@link SpecError} when it cannot be read. */
export async function readLabelFile(path: string): Promise<readonly string[]> {
  const text = await fileText(path, {
    site: '--labels',
    expected: `a text file with a label a line, or one of ${Object.keys(DATASETS).join(', ')}`,
  });
  return text
    .replace(/^\uFEFF/, '')
    .trimEnd()
    .split(/\r?\n/);
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
