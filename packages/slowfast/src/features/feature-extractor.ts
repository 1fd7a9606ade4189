/** @file The feature extractor of the front door. */
import { checkArguments } from '@slowfast/core';
import type { OpenOptions } from '@slowfast/video';
import { checkCount } from '../check-count.js';
import { filesFunction, pathOf } from '../classify/files.js';
import type {
  FilesOptions,
  Results,
  VideoFile,
  VideoFiles,
  VideoInput,
} from '../classify/files.js';
import { compileModel, type CompileOptions } from '../model/compile-model.js';
import { preprocessingOf } from '../model/labels.js';
import { modelFunction, type ModelFunction } from '../model/model-function.js';
import type { Pooling } from './array-sink.js';
import { extractFeatures, type VideoFeatures, type Windows } from './extract.js';
import { featureNetwork } from './feature-network.js';

/** Options of {@link featureExtractor}. */
export interface ExtractorOptions extends CompileOptions {
  /** Places in the network: `head` (what a classifier reads), or stages such as `slow.res5`. Default `['head']`. */
  readonly at?: readonly string[];
}

/** Options of one call of a {@link FeatureExtractor}. */
export interface ExtractOptions extends Partial<Windows> {
  /** Whether features are averaged over time and space (`mean`, the default) or given as maps (`none`). */
  readonly pool?: Pooling;
  /** Windows a run; default 1. */
  readonly batch?: number;
  /** How the video is opened. */
  readonly open?: OpenOptions;
  /** Ends it; the signal's reason is thrown. */
  readonly signal?: AbortSignal;
  /** Called with windows done and windows altogether, of this file. */
  readonly onProgress?: (done: number, total: number, file: string) => void;
}

/** The features of a file. */
export interface FileFeatures extends VideoFeatures {
  /** The path of the video. */
  readonly file: string;
}

/** A function that gives features of windows that slide over videos, with its model. */
export interface FeatureExtractor extends ModelFunction {
  /** The features of a video; rejects with MediaError for one that cannot be used. */
  (file: VideoFile, options?: ExtractOptions): Promise<FileFeatures>;
  /** The same of many, one after another. */
  (files: VideoFiles, options?: ExtractOptions & FilesOptions): Results<FileFeatures>;
}

/**
 * Loads a network up to the places asked for. Rejects as `videoClassifier` does, and with SpecError for a place that the
 * network does not have.
 *
 * @example
 * ```ts
 * await using features = await featureExtractor({ at: ['slow.res5', 'fast.res5'] });
 * const { arrays, times } = await features('clip.mp4', { window: 32, stride: 16 });
 * ```
 */
export async function featureExtractor(options: ExtractorOptions = {}): Promise<FeatureExtractor> {
  checkArguments('featureExtractor', { options: [options, 'object'] });
  const { at = ['head'], ...compile } = options;
  const { model, notes } = await compileModel(compile, ({ entry }) =>
    featureNetwork(entry.model, at),
  );
  try {
    const preprocessing = preprocessingOf(model);
    const extractOne = async (
      input: VideoInput,
      options: ExtractOptions,
    ): Promise<FileFeatures> => {
      const file = pathOf(input);
      const { window = 32, stride = 16, fps = 30, pool = 'mean', batch = 1 } = options;
      for (const [site, count] of Object.entries({ window, stride, batch }))
        checkCount(site, count);
      const { onProgress, open, signal } = options;
      const features = await extractFeatures(input, {
        ...{ model, preprocessing, pool, batch },
        windows: { window, stride, fps },
        ...(open ? { open } : {}),
        ...(signal ? { signal } : {}),
        onProgress: (done, total) => onProgress?.(done, total, file),
      });
      return { file, ...features };
    };
    const extract = filesFunction(extractOne);
    const labels = model.metadata.labels;
    return modelFunction(extract, { model, preprocessing, labels, notes }, () =>
      model[Symbol.asyncDispose](),
    );
  } catch (error) {
    await model[Symbol.asyncDispose]();
    throw error;
  }
}
