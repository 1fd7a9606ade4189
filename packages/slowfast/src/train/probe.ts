/** @file Training on features that the frozen part of a network gave once (`train.probe`). */
import { join } from 'node:path';
import { SpecError } from '@slowfast/core';
import {
  featureFile,
  frozenFeatures,
  type ClipSource,
  type Freeze,
  type FrozenFeatures,
  type TrainingConfig,
} from '@slowfast/training';
import { processors } from '../machine/processors.js';
import { clipSource, wholeFeeds } from './loop.js';
import type { Preparation } from './preparation.js';
import type { RunOptions } from './run-types.js';
import { trainingRuntime } from './runtime.js';

const MEGABYTES = 4096;

/** What is frozen: of a probe all but the head, unless the configuration says another. */
export const freezeOf = ({ model, train }: TrainingConfig): Freeze | undefined =>
  (model.freeze as Freeze | undefined) ?? (train.probe === undefined ? undefined : 'backbone');

/** The frozen part of a configuration's network, ready to run; nothing where it has no probe. */
export async function probeFeatures({
  config,
  network,
  start,
}: Preparation): Promise<FrozenFeatures | undefined> {
  const { probe, mixup } = config.train;
  if (probe === undefined) return undefined;
  if (mixup !== undefined) {
    const expected = 'nothing, since a probe sees features of whole clips';
    throw new SpecError({ site: 'train.mixup', expected, received: `${mixup}` });
  }
  return frozenFeatures(network.model, start.weights, {
    runtime: (await trainingRuntime(config.backend, processors().count)).runtime,
    freeze: freezeOf(config)!,
    feeds: wholeFeeds({ network }),
  });
}

/** The features of a configuration's clips, in a file in the folder of the run. */
export async function probeClips(
  ready: Preparation,
  features: FrozenFeatures,
  {
    folder,
    signal,
    onBroken,
    onNote,
    onFeatures,
  }: Pick<RunOptions, 'onNote' | 'onFeatures'> & {
    readonly folder: string;
    readonly signal: AbortSignal;
    readonly onBroken: (path: string, error: Error) => void;
  },
): Promise<ClipSource & AsyncDisposable> {
  const { data, model, seed, train } = ready.config;
  const startedAt = performance.now();
  await using clips = clipSource(ready, signal, onBroken);
  const file = await featureFile({
    path: join(folder, 'features.bin'),
    key: JSON.stringify({ data, model, seed, probe: train.probe }),
    ...{ clips, features, seed, signal, epochs: train.probe! },
    maxBytes: (train.probeMegabytes ?? MEGABYTES) * 2 ** 20,
    ...(onFeatures ? { onProgress: onFeatures } : {}),
  });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  if (!file.isFound) {
    onNote?.(`features of ${file.length} clips, ${train.probe} of each: ${seconds} s`);
  }
  return file;
}
