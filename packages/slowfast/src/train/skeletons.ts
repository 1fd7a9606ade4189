/** @file Training on skeletons as a configuration asks for it: the clips, made on this thread, and the network of their size. */
import { isMediaError, keyedRandom, permutation, sidesOf, SpecError } from '@slowfast/core';
import { DEFAULT_POSE_NETWORKS, networkFromConfig, type ConfiguredNetwork } from '@slowfast/models';
import type { ClipSource, EpochOptions, SourceClip, TrainingConfig } from '@slowfast/training';
import { skeletonClip, type ListedClip, type SkeletonClipOptions } from '@slowfast/video';
import type { Lists } from './lists.js';
import { skeletonStore } from '../pose/skeleton-store.js';

/** mmaction2 trains on 56 pixels of maps of 64, and tests on all 64: a part of the square is as large in both, in the mean. */
const CROP = 7 / 8;
/** The least side of a network. */
const LEAST = 32;

/** Side of a training clip in pixels, of maps that are tested at `size`. */
const cropOf = (size: number): number => Math.min(size, Math.max(LEAST, Math.round(CROP * size)));

/** The configuration with the network that it means; that of pictures as it is. Throws SpecError for what is of pictures alone. */
export function withPoseNetwork(config: TrainingConfig): TrainingConfig {
  const { input } = config.data;
  checkCrops(config);
  if (input === undefined) return config;
  checkUnused(config);
  return { ...config, model: { name: DEFAULT_POSE_NETWORKS[input], ...config.model } };
}

/** The final crops are checked where preprocessing is made of them. */
function checkCrops({ data, evaluate }: TrainingConfig): void {
  const isPose = data.input !== undefined;
  if (evaluate?.crops !== (isPose ? 3 : 2)) return;
  throw new SpecError({
    site: 'evaluate.crops',
    expected: isPose ? '1, or 2 with the mirror image' : '1 or 3, since 2 are those of skeletons',
    received: `${evaluate.crops}`,
  });
}

function checkUnused({ data, train }: TrainingConfig): void {
  const { scale, inverseScale, ratio, speed, colour, workers, prefetch, format } = data;
  const pictures = { scale, inverseScale, ratio, speed, colour, workers, prefetch };
  const found = Object.entries(pictures).map(([key, value]) => [`data.${key}`, value] as const);
  for (const [site, value] of [...found, ['train.probe', train.probe] as const]) {
    if (value === undefined) continue;
    throw new SpecError({
      site,
      expected: 'nothing, since clips are of skeletons',
      received: JSON.stringify(value),
    });
  }
  if (format === undefined || format === 'path-label') return;
  throw new SpecError({
    site: 'data.format',
    expected: 'path-label, since clips are files of skeletons',
    received: format,
  });
}

/** The network of the size that it is trained at, where that is not the one that it is tested at. */
export function trainedSize(
  config: TrainingConfig,
  classes: number,
): ConfiguredNetwork | undefined {
  const { data } = config;
  const [size] = sidesOf(data.size);
  if (data.input === undefined || cropOf(size) === size) return undefined;
  return networkFromConfig({ ...config, data: { ...data, size: cropOf(size) } }, classes);
}

/** What {@link skeletonClips} needs of a run. */
export interface SkeletonClipsOptions {
  readonly preprocessing: ConfiguredNetwork['preprocessing'];
  readonly flip: boolean;
  readonly seed: number;
  /** Bytes of skeletons that may be kept. */
  readonly cacheBytes: number;
  readonly signal: AbortSignal;
  /** Called once for each file that cannot be used. */
  readonly onBroken: (path: string, error: Error) => void;
  readonly annotations: Lists['annotations'];
}

/**
 * Augmented clips of a list of files of skeletons, each of them once an epoch, in the same order for the same seed. Drawing
 * maps takes a small part of a step, so that it is done here and not in threads.
 */
export function skeletonClips(
  list: readonly ListedClip[],
  { preprocessing, flip, seed, cacheBytes, signal, onBroken, annotations }: SkeletonClipsOptions,
): ClipSource & AsyncDisposable {
  const { clip, resize, skeleton } = preprocessing;
  const options: SkeletonClipOptions = {
    ...{ clip, resize, skeleton: skeleton!, flip, crop: cropOf(resize) },
  };
  const store = skeletonStore(cacheBytes, annotations);
  const broken = new Map<string, Error>();

  async function* epochClips(
    epoch: number,
    { from = 0 }: EpochOptions = {},
  ): AsyncGenerator<SourceClip, void, undefined> {
    const order = permutation(list.length, keyedRandom(seed, epoch));
    for (let position = from; position < order.length; position++) {
      signal.throwIfAborted();
      const at = order[position]!;
      const { path, labels } = list[at]!;
      if (broken.has(path)) continue;
      try {
        const sequence = await store.read(path);
        const { tensor } = skeletonClip(sequence, options, [seed, epoch, at]);
        yield { tensor, labels, position };
      } catch (error) {
        if (!isMediaError(error)) throw error;
        broken.set(path, error);
        onBroken(path, error);
      }
    }
    const [first] = broken.values();
    if (first && list.every(({ path }) => broken.has(path))) throw first;
  }

  return {
    length: list.length,
    epoch: epochClips,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
