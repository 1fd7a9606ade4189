/** @file What a server serves, and within what bounds. */
import { SpecError, type CompiledModel, type HostTensor, type Preprocessing } from '@slowfast/core';
import type { Video } from '@slowfast/video';
import type { BatchingOptions } from './batching/batcher.js';
import type { RemoteVideos } from './videos/remote-video.js';

/** What every function of videos takes beside the options of its own. */
export interface VideoCall {
  readonly signal?: AbortSignal;
  /** Called with views or windows done, and altogether. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** A class among the best. */
export interface ServedPrediction {
  readonly index: number;
  readonly label: string;
  readonly score: number;
}

/** Classifies videos: what `videoClassifier` of `slowfast` gives. */
export interface ClassifyFunction {
  (
    video: Video,
    options: VideoCall & {
      readonly top?: number;
      readonly views?: { readonly clips: number; readonly crops: number };
    },
  ): Promise<
    readonly ServedPrediction[] & {
      readonly views: string;
      readonly warnings: readonly string[];
      readonly timing: object;
    }
  >;
  readonly model: CompiledModel;
  readonly preprocessing: Preprocessing;
}

/** Finds actions of people in videos: what `actionDetector` of `slowfast` gives. */
export interface DetectFunction {
  (
    video: Video,
    options: VideoCall & {
      readonly top?: number;
      readonly minScore?: number;
      readonly every?: number;
      readonly people?: 'whole-frame';
    },
  ): Promise<{
    readonly detector: { readonly kind: string };
    readonly keyFrames: readonly object[];
    readonly warnings: readonly string[];
  }>;
}

/** Gives features of videos: what `featureExtractor` of `slowfast` gives. */
export interface FeaturesFunction {
  (
    video: Video,
    options: VideoCall & {
      readonly window?: number;
      readonly stride?: number;
      readonly fps?: number;
    },
  ): Promise<{
    readonly arrays: Readonly<Record<string, HostTensor<'float32'>>>;
    readonly times: Float64Array;
    readonly warnings: readonly string[];
  }>;
}

/** Options of `inferenceServer`. */
export interface ServerOptions extends BatchingOptions {
  /** Address to listen on; default 127.0.0.1: this machine alone. */
  readonly host?: string;
  /** Port; default 8000, as Triton's; 0 for one that is free. */
  readonly port?: number;
  /** What `/classify`, `/detect` and `/features` call; a path without its function answers 404. */
  readonly classify?: ClassifyFunction;
  readonly detect?: DetectFunction;
  readonly features?: FeaturesFunction;
  /** Models for tensors, by the name they are asked for; default: the classifier's, by its own name. */
  readonly models?: Readonly<Record<string, CompiledModel>>;
  /** Requests of tensors in hand at most, waiting ones among them; default 64. */
  readonly maxRequests?: number;
  /** Bytes of requests of tensors in hand at most; default 1 GiB. */
  readonly maxRequestBytes?: number;
  /** Videos at work at once; default 1. */
  readonly jobs?: number;
  /** Videos that wait at most; default 16. */
  readonly queue?: number;
  /** Bytes of a video at most; default 512 MiB. */
  readonly maxVideoBytes?: number;
  /** Frames of a video at most; default 200 000. */
  readonly maxFrames?: number;
  /** Views, key frames or windows of a video at most; default 1000. */
  readonly maxRuns?: number;
  /** Seconds that a request may take, waiting included; default 600. */
  readonly timeLimit?: number;
  /** Seconds without a byte after which a client is given up; default 30. */
  readonly silence?: number;
  /** API keys of at least 16 characters; default none: whoever reaches the server may ask. */
  readonly keys?: readonly string[];
  /** Origins of pages that may ask; default none. */
  readonly origins?: readonly string[];
  /** Hosts that videos are fetched from; default none. */
  readonly remote?: RemoteVideos;
  /** Told of what is a fault of this program or machine. */
  readonly onError?: (error: unknown) => void;
}

/** Options with their defaults. */
export type Settings = Required<
  Omit<ServerOptions, 'classify' | 'detect' | 'features' | 'models'>
> &
  Pick<ServerOptions, 'classify' | 'detect' | 'features'> & {
    readonly models: ReadonlyMap<string, CompiledModel>;
  };

const DEFAULTS = {
  host: '127.0.0.1',
  port: 8000,
  maxBatch: 8,
  batchDelay: 5,
  maxRequests: 64,
  maxRequestBytes: 2 ** 30,
  jobs: 1,
  queue: 16,
  maxVideoBytes: 2 ** 29,
  maxFrames: 200_000,
  maxRuns: 1000,
  timeLimit: 600,
  silence: 30,
  keys: [],
  origins: [],
  remote: { hosts: [] },
  onError: () => undefined,
} as const satisfies Required<Omit<ServerOptions, 'classify' | 'detect' | 'features' | 'models'>>;

/** Options with their defaults; throws SpecError for numbers that bound nothing. */
export function settingsOf(options: ServerOptions): Settings {
  const settings = { ...DEFAULTS, ...options };
  const { maxBatch, maxRequests, maxRequestBytes, jobs, maxVideoBytes, maxFrames, maxRuns } =
    settings;
  const counts = {
    maxBatch,
    maxRequests,
    maxRequestBytes,
    jobs,
    maxVideoBytes,
    maxFrames,
    maxRuns,
  };
  for (const [site, count] of Object.entries(counts)) check(site, count, 1, true);
  check('queue', settings.queue, 0, true);
  check('batchDelay', settings.batchDelay, 0, false);
  for (const site of ['timeLimit', 'silence'] as const) check(site, settings[site], 0.01, false);
  const { classify, models = classify ? { [classify.model.name]: classify.model } : {} } = options;
  return { ...settings, models: new Map(Object.entries(models)) };
}

function check(site: string, value: number, least: number, isWhole: boolean): void {
  if (Number.isFinite(value) && value >= least && (!isWhole || Number.isInteger(value))) return;
  const expected = `a ${isWhole ? 'whole ' : ''}number of at least ${least}`;
  throw new SpecError({ site, expected, received: String(value) });
}
