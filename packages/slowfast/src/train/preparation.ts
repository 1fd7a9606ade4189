/** @file What a training run starts from: configuration, lists, network and weights; nothing is written. */
import { dirname, resolve } from 'node:path';
import { sidesOf, SKELETON_PARTS, SpecError, type Graph } from '@slowfast/core';
import { networkFromConfig, type ConfiguredNetwork } from '@slowfast/models';
import {
  bytesOf,
  lossOf,
  trainingModel,
  type TrainingConfig,
  type TrainingModel,
} from '@slowfast/training';
import { defined } from '../defined.js';
import { readLists, type Lists } from './lists.js';
import { gridOf, type Grid } from './grid.js';
import { freezeOf } from './probe.js';
import { readRecipe } from './read-recipe.js';
import type { RunOptions } from './run-types.js';
import { trainedSize, withPoseNetwork } from './skeletons.js';
import { dropPathwayOf } from './drop-pathway.js';
import { trainingRuntime } from './runtime.js';
import {
  fineTuningText,
  openStart,
  startWeights,
  withCheckpoint,
  type StartWeights,
} from './weights.js';

/** What a run starts from. */
export interface Preparation {
  readonly config: TrainingConfig;
  /** With what the checkpoint to fine-tune from decides. */
  readonly fitted: TrainingConfig;
  readonly lists: Lists;
  readonly network: ConfiguredNetwork;
  /** Of multigrid training. */
  readonly grid?: Grid;
  /** Open until a model is made of them. */
  readonly start: StartWeights;
  /** Makes a path of the configuration absolute. */
  readonly from: (file: string) => string;
  /** What a configuration of PySlowFast says besides. */
  readonly notCarriedOver?: readonly string[];
}

/** Reads what a configuration file names. Throws SpecError for a configuration or list that is not valid. */
export async function preparation(
  path: string,
  { onWarning, onNote, entries }: Pick<RunOptions, 'onWarning' | 'onNote' | 'entries'>,
): Promise<Preparation> {
  const { config: recipe, notCarriedOver } = await readRecipe(path, entries);
  const config = withPoseNetwork(recipe);
  if (notCarriedOver) {
    onNote?.(`${path}: a configuration of PySlowFast; not carried over:`);
    for (const entry of notCarriedOver) onNote?.(`  ${entry}`);
  }
  checkBatch(config);
  const from = (file: string): string => resolve(dirname(path), file);
  const lists = await readLists(config, from);
  for (const list of [lists.train, ...(lists.test ? [lists.test] : [])]) {
    for (const note of list.notes ?? []) onWarning?.(`${list.name}: ${note}`);
  }
  const { weights } = config.model;
  const checkpoint =
    weights === undefined ? undefined : await openStart(config.model, from(weights));
  const fitted = checkpoint ? withCheckpoint(config, checkpoint) : config;
  const network = networkFromConfig(fitted, lists.classes);
  const grid = gridOf(fitted, lists.classes, network);
  const start = startWeights(network.model, config, checkpoint);
  for (const line of start.fineTuning ? fineTuningText(start.fineTuning, weights!) : []) {
    onNote?.(line);
  }
  return { config, fitted, lists, network, start, from, ...defined({ grid, notCarriedOver }) };
}

/** 8 GiB of one batch's clips: more than any network of these is trained with. */
const MOST_NUMBERS = 2 ** 31;

/** Refuses a batch that could not be held in memory, before anything is decoded. */
function checkBatch({ data, train }: TrainingConfig): void {
  const [height, width] = sidesOf(data.size);
  const channels = data.input === undefined ? 3 : SKELETON_PARTS;
  const clip = channels * data.frames * height * width;
  const most = Math.max(1, Math.floor(MOST_NUMBERS / clip));
  if (train.batch <= most) return;
  throw new SpecError({
    site: 'train.batch',
    expected: `at most ${most} clips of ${channels} x ${data.frames} x ${height} x ${width} numbers`,
    received: `${train.batch}`,
    remedy: 'For larger steps raise train.accumulate',
  });
}

/** The model in training, or a part of it; closes the weights that it starts from. */
export async function preparedModel(
  { config, fitted, lists, network, grid, start }: Preparation,
  part?: Graph<string, 'scores'>,
): Promise<TrainingModel<string, 'scores'>> {
  const { backend, seed } = config;
  const { freezeBatchNorm } = config.model;
  const { accumulate = 1, shares = 1, batch, loss, memory: size } = config.train;
  const small = trainedSize(fitted, lists.classes);
  const resized = (small ? [small] : grid?.networks)?.map((other) => other.model.graph);
  const { runtime, runs } = await trainingRuntime(backend, accumulate * shares, {
    alone: part !== undefined,
  });
  const memory =
    size === undefined
      ? undefined
      : { bytes: bytesOf(size), clips: Math.ceil(batch / shares), runs };
  try {
    return await trainingModel(network.model, start.weights, {
      runtime,
      loss: lossOf({ classes: lists.classes, ...loss }).graph,
      seed,
      ...defined({ freeze: freezeOf(config), freezeBatchNorm, part, memory, resized }),
      ...defined({ dropPathway: dropPathwayOf(config, network) }),
    });
  } finally {
    await start.weights.close?.();
  }
}
