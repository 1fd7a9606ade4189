/** @file The parts of a training loop that its configuration names: clips, optimiser, loss, batches. */
import { sidesOf, SpecError } from '@slowfast/core';
import { pathwayFeeds, type FeedsOf } from '@slowfast/evaluation';
import {
  adamW,
  layerRates,
  lossOf,
  scheduleOf,
  sgd,
  type ClipSource,
  type Optimizer,
  type TrainingConfig,
  type TrainingModel,
  type TrainOptions,
} from '@slowfast/training';
import { trainingClips } from '@slowfast/video';
import { defined } from '../defined.js';
import { processors } from '../machine/processors.js';
import type { Preparation } from './preparation.js';
import { skeletonClips } from './skeletons.js';

const MEGABYTE = 2 ** 20;

/** What a loop needs, whether it runs to its end or for some steps. */
export type Loop = Omit<TrainOptions<string>, 'clips'>;

/** Feeds of the whole network from clips, of any number of frames that it is trained with. */
export function wholeFeeds({
  network,
  grid,
}: Pick<Preparation, 'network' | 'grid'>): FeedsOf<string> {
  const inputs = Object.keys(network.model.graph.inputs);
  const byFrames = new Map(
    [...(grid?.networks ?? []), network].map(({ preprocessing }) => [
      preprocessing.clip.frames,
      pathwayFeeds(inputs, preprocessing),
    ]),
  );
  const own = byFrames.get(network.preprocessing.clip.frames)!;
  return (clips, sounds) => (byFrames.get(clips.shape[2]!) ?? own)(clips, sounds);
}

/** The loop of a configuration. Throws {@link SpecError} for shares that do not divide the batch. */
export function loopOf(
  { config, lists, network, grid }: Preparation,
  model: TrainingModel<string, 'scores'>,
  feeds: FeedsOf<string>,
): Loop {
  const { train: recipe, seed, checkpoint } = config;
  const { accumulate = 1, shares = 1, clipGradients, mixup, ema, preciseBatchNorm } = recipe;
  if (recipe.batch % shares !== 0) {
    throw new SpecError({
      site: 'train.shares',
      expected: `a divisor of the batch of ${recipe.batch} clips`,
      received: `${shares}`,
    });
  }
  const { layerDecay, rates } = recipe;
  return {
    model,
    optimizer: optimizerOf(model, recipe.optimizer),
    feeds,
    loss: lossOf({ classes: lists.classes, ...recipe.loss }),
    seed,
    ...(grid ?? {
      schedule: scheduleOf(recipe.schedule, recipe.epochs),
      epochs: recipe.epochs,
    }),
    batch: recipe.batch / shares,
    accumulate: accumulate * shares,
    checkpointSteps: checkpoint?.steps ?? 'auto',
    ...defined({ clipGradients, mixup, ema, preciseBatchNorm }),
    rateOf: layerRates(network.model.graph, defined({ layerDecay, rates })),
    // Epochs of a probe are shorter than what a checkpoint takes to write.
    checkpointEpochs: checkpoint?.epochs ?? (recipe.probe === undefined ? 1 : recipe.epochs),
  };
}

/** The clips that a configuration trains on; close them after use. */
export function clipSource(
  { config: { data, seed }, lists, network }: Pick<Preparation, 'config' | 'lists' | 'network'>,
  signal: AbortSignal,
  onBroken: (path: string, error: Error) => void,
): ClipSource & AsyncDisposable {
  const { frames, stride, fps, aspect, flip, store, cacheMegabytes } = data;
  const cacheBytes = cacheMegabytes * MEGABYTE;
  const { preprocessing } = network;
  if (preprocessing.skeleton) {
    const { annotations } = lists;
    const options = { preprocessing, flip, seed, cacheBytes, annotations, signal, onBroken };
    return skeletonClips(lists.train.clips, options);
  }
  const { scale, inverseScale, ratio, speed, mean, std, prefetch, segments } = data;
  // Threads beyond those that can run at once only take memory.
  const workers =
    data.workers === undefined ? undefined : Math.min(data.workers, processors().count);
  const { brightness, contrast, saturation } = data.colour ?? {};
  return trainingClips(lists.train.clips, {
    clip: { frames, stride, fps, ...defined({ segments }) },
    crop: sidesOf(data.size),
    aspect,
    flip,
    store,
    colour: defined({ brightness, contrast, saturation }),
    seed,
    cacheBytes,
    ...defined({ scale, inverseScale, ratio, speed, mean, std, workers, prefetch }),
    ...defined({ sound: preprocessing.sound }),
    signal,
    onBroken: ({ path, error }) => onBroken(path, error),
  });
}

function optimizerOf(
  { parameters }: TrainingModel<string, 'scores'>,
  options: TrainingConfig['train']['optimizer'],
): Optimizer {
  const { kind = 'sgd', momentum, nesterov, betas, epsilon, weightDecay } = options ?? {};
  if (kind === 'adamw') return adamW(parameters, defined({ betas, epsilon, weightDecay }));
  // Momentum and decay of the paper's appendix.
  const paper = { momentum: 0.9, weightDecay: 1e-4 };
  return sgd(parameters, { ...paper, ...defined({ momentum, nesterov, weightDecay }) });
}
