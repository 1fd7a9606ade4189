/** @file Clips for training: shuffled, augmented, made by threads ahead of their use. */
import { isMediaError, keyedRandom, permutation, SpecError, type HostTensor } from '@slowfast/core';
import { labelsOfFrames, type ListedClip } from '../lists/clip-list.js';
import type { ClipShape } from './clip-shape.js';
import { clipDraw } from './draw.js';
import {
  augmentation,
  type Augmentation,
  type BrokenVideo,
  type TrainingClipsOptions,
} from './options.js';
import type { Sample, SampleJob, StoredVideo } from './sample.js';

/** A clip to train on. */
export interface TrainingClip {
  /** Normalised and augmented, `[1, 3, T, H, W]`. */
  readonly tensor: HostTensor<'float32'>;
  /** The normalised spectrogram around its middle, `[1, 1, frames, 1, mels]`, where the options say how clips are heard. */
  readonly sound?: HostTensor<'float32'>;
  /** Class numbers; where a list has those of each picture, those of the pictures that the clip spans. */
  readonly labels: readonly number[];
  /** Path of the video. */
  readonly path: string;
  /** Position in the list. */
  readonly clip: number;
  /** Position in the epoch, clips of broken videos included: where to go on after an interruption. */
  readonly position: number;
  /** The frames that it is made of. */
  readonly frames: readonly number[];
  /** Whether the video is shorter than the clip. */
  readonly padded: boolean;
}

/** Options of {@link TrainingClips.epoch}. */
export interface EpochOptions {
  /** Position in the epoch to begin at; default 0. */
  readonly from?: number;
  /** The extent of the clip at a position in the epoch, as multigrid training changes it; default: that of the options. */
  readonly shapeAt?: (position: number) => ClipShape;
}

/** What is in the cache, and how often it spared decoding. */
export interface CacheUse {
  /** Bytes of decoded frames. */
  readonly bytes: number;
  /** Videos that they belong to. */
  readonly videos: number;
  /** Clips that were made of them. */
  readonly hits: number;
  /** Clips whose video had to be decoded. */
  readonly misses: number;
}

/** A source of training clips. Threads and decoded frames last from epoch to epoch; close it after use. */
export interface TrainingClips extends AsyncDisposable {
  /** Clips of an epoch, those of broken videos included. */
  readonly length: number;
  /**
   * The clips of an epoch, each listed video once. Throws the signal's reason when aborted; an error of a
   * video itself is not thrown but reported, unless no video can be used. One epoch at a time.
   */
  epoch(epoch: number, options?: EpochOptions): AsyncGenerator<TrainingClip, void, undefined>;
  /** The videos that could not be used so far. */
  readonly broken: readonly BrokenVideo[];
  /** What is peculiar about videos that could be used, by path. */
  readonly warnings: ReadonlyMap<string, readonly string[]>;
  /** The cache so far. */
  readonly cache: CacheUse;
  /** Ends the threads and frees the cache. */
  close(): Promise<void>;
}

/** Makes samples: a pool of threads, or this thread. */
export interface SampleMaker {
  /** How many may be in the making at once. */
  readonly concurrency: number;
  make(job: SampleJob): Promise<Sample>;
  close(): Promise<void>;
}

const DEFAULTS = {
  seed: 0,
  shuffle: true,
  prefetch: 4,
  cacheBytes: 2 ** 30,
} as const satisfies TrainingClipsDefaults;

type TrainingClipsDefaults = Required<
  Pick<TrainingClipsOptions, 'seed' | 'shuffle' | 'prefetch' | 'cacheBytes'>
>;

// One video may take this part of the cache, so that threads that decode at once stay bounded.
const KEPT_SHARE = 8;

/**
 * A source of training clips: threads decode, take a random part of the video, scale it, crop it, mirror it
 * and change its colours. For the same seed the same clips come in the same order, whatever the number of
 * threads and the size of the cache. Memory is bounded by the cache, the clips ahead, and for each
 * thread one video of at most an eighth of the cache (longer ones are decoded for their clip alone).
 *
 * @throws SpecError for options that make no sense, or a list without clips.
 * @example
 * const list = await readClipList('train.csv');
 * await using clips = trainingClips(list.clips, { clip: { frames: 32, stride: 2, fps: 30 }, crop: 224 });
 * for await (const { tensor, labels } of clips.epoch(0)) await step(tensor, labels);
 */
export function trainingClips(
  list: readonly ListedClip[],
  options: TrainingClipsOptions,
): TrainingClips {
  const augmentationPlan = augmentation(options);
  const { seed, shuffle, prefetch, cacheBytes } = { ...DEFAULTS, ...options };
  checkCounts(list, { ...options, seed, prefetch, cacheBytes });
  const { signal } = options;
  const broken: BrokenVideo[] = [];
  const unusable = new Set<string>();
  const warnings = new Map<string, readonly string[]>();
  const stored = new Map<string, StoredVideo>();
  const use = { bytes: 0, hits: 0, misses: 0 };
  let maker: Promise<SampleMaker> | undefined;
  let closed = false;

  function job(
    { path, frames }: ListedClip,
    draw: SampleJob['draw'],
    shape: ClipShape | undefined,
  ): SampleJob {
    const sample = stored.get(path);
    const keep = Math.min(cacheBytes - use.bytes, cacheBytes / KEPT_SHARE);
    const plain = { path, draw, keep, ...(shape ? { shape } : {}) };
    if (sample) return { ...plain, stored: sample };
    return frames ? { ...plain, pictures: frames.map((frame) => frame.path) } : plain;
  }

  function took(path: string, sample: Sample, hit: boolean): void {
    if (hit) use.hits++;
    else use.misses++;
    if (sample.warnings.length > 0) warnings.set(path, sample.warnings);
    const { data, sound } = sample.stored ?? {};
    const bytes = (data?.byteLength ?? 0) + (sound?.data.byteLength ?? 0);
    if (!sample.stored || stored.has(path) || use.bytes + bytes > cacheBytes || closed) return;
    stored.set(path, sample.stored);
    use.bytes += bytes;
  }

  function failed({ path, line }: ListedClip, error: Error): void {
    if (unusable.has(path)) return;
    unusable.add(path);
    const entry = { path, line, error };
    broken.push(entry);
    options.onBroken?.(entry);
  }

  async function start(
    pool: SampleMaker,
    epoch: number,
    clip: number,
    position: number,
    shape: ClipShape | undefined,
  ): Promise<TrainingClip | undefined> {
    const listed = list[clip]!;
    if (unusable.has(listed.path)) return undefined;
    const request = job(listed, clipDraw(seed, epoch, clip), shape);
    try {
      const sample = await pool.make(request);
      took(listed.path, sample, request.stored !== undefined);
      const { tensor, sound, frames, padded } = sample;
      const { path } = listed;
      const labels = labelsOfFrames(listed, frames);
      const heard = sound ? { sound } : {};
      return { tensor, ...heard, labels, path, clip, position, frames, padded };
    } catch (error) {
      signal?.throwIfAborted();
      if (closed || !isMediaError(error)) throw error;
      failed(listed, error);
      return undefined;
    }
  }

  async function* epochClips(
    epoch: number,
    { from = 0, shapeAt }: EpochOptions = {},
  ): AsyncGenerator<TrainingClip, void, undefined> {
    signal?.throwIfAborted();
    if (closed) throw closedError();
    const pool = await (maker ??= openMaker(augmentationPlan, options));
    const order = shuffle
      ? permutation(list.length, keyedRandom(seed, epoch))
      : list.map((_, clip) => clip);
    const ahead: Promise<TrainingClip | undefined>[] = [];
    let next = from;
    const fill = (): void => {
      while (next < order.length && ahead.length < pool.concurrency + prefetch) {
        const sample = start(pool, epoch, order[next]!, next, shapeAt?.(next));
        // Its error is thrown when its turn comes.
        sample.catch(() => undefined);
        ahead.push(sample);
        next++;
      }
    };
    for (fill(); ahead.length > 0; fill()) {
      const clip = await ahead.shift()!;
      signal?.throwIfAborted();
      if (clip) yield clip;
      if (closed) throw closedError();
    }
    if (unusable.size > 0 && list.every(({ path }) => unusable.has(path))) throw broken[0]!.error;
  }

  async function close(): Promise<void> {
    closed = true;
    stored.clear();
    use.bytes = 0;
    const pool = await maker?.catch(() => undefined);
    await pool?.close();
  }

  return {
    length: list.length,
    epoch: epochClips,
    broken,
    warnings,
    get cache() {
      return { ...use, videos: stored.size };
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function openMaker(plan: Augmentation, options: TrainingClipsOptions): Promise<SampleMaker> {
  const { sampleMaker } = await import('../node/training-pool.js');
  // Pictures have no rate of their own.
  const open = { pictureFps: plan.clip.fps, ...options.open };
  return sampleMaker(plan, { ...options, open });
}

const closedError = (): SpecError =>
  new SpecError({
    site: 'trainingClips',
    expected: 'an open source of clips',
    received: 'one that was closed',
  });

function checkCounts(
  list: readonly ListedClip[],
  {
    seed,
    prefetch,
    cacheBytes,
    workers = 0,
  }: Pick<TrainingClipsOptions, 'workers'> & Omit<TrainingClipsDefaults, 'shuffle'>,
): void {
  const wrong = (site: string, received: number): never => {
    throw new SpecError({
      site,
      expected: 'a whole number of at least 0',
      received: String(received),
    });
  };
  for (const [site, value] of Object.entries({ seed, prefetch, cacheBytes, workers })) {
    if (!Number.isSafeInteger(value) || value < 0) wrong(site, value);
  }
  if (list.length > 0) return;
  throw new SpecError({ site: 'list', expected: 'at least one clip', received: 'none' });
}
