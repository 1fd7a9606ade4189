/** @file The classifier of the front door. */
import { checkArguments, type HostTensor } from '@slowfast/core';
import { topPredictions, type Prediction } from '@slowfast/evaluation';
import type { OpenOptions } from '@slowfast/video';
import { featureNetwork } from '../features/feature-network.js';
import { arraySink, type Pooling } from '../features/array-sink.js';
import { checkCount } from '../check-count.js';
import { compileModel, type CompileOptions } from '../model/compile-model.js';
import { labelsOf, preprocessingOf, untrainedWarning } from '../model/labels.js';
import { modelFunction, type ModelFunction } from '../model/model-function.js';
import { defined } from '../defined.js';
import { lazyPeople } from '../pose/lazy-people.js';
import { filesFunction, pathOf } from './files.js';
import type { FilesFunction, VideoFile, VideoInput } from './files.js';
import { isClip, scoreClip, viewsOf, type Clip } from './score-clip.js';
import { scoreVideo, videosAtOnce, type Scoring, type VideoScores } from './score-video.js';
import { viewNumbers, type ViewNumbers, type ViewText } from './view-numbers.js';

/** Options of {@link videoClassifier}. */
export interface ClassifierOptions extends CompileOptions {
  /** Class names, or a file with one a line, or the name of a data set; default: the model's own. */
  readonly labels?: string | readonly string[];
  /**
   * Features to compute in the same pass as the scores: `head` (what the classifier reads), or stages such as
   * `slow.res5`. Not for .onnx files.
   */
  readonly features?: readonly string[];
}

/** Options of one call of a {@link VideoClassifier}. */
export interface ClassifyOptions {
  /** Classes to give, best first; default 5. */
  readonly top?: number;
  /** Clips x crops of a video, `'3x1'` or as numbers; default: the preprocessing's, `'10x3'` as a rule. */
  readonly views?: ViewText | ViewNumbers;
  /** Views a run; default 1, which needs the least memory. */
  readonly batch?: number;
  /** Whether features are averaged over time and space (`mean`, the default) or given as maps (`none`). */
  readonly pool?: Pooling;
  /** How the video is opened. */
  readonly open?: OpenOptions;
  /** Ends it; the signal's reason is thrown. */
  readonly signal?: AbortSignal;
  /** Called with views done and views altogether, of this file. */
  readonly onProgress?: (done: number, total: number, file: string) => void;
}

/** The best classes of a video, best first, with what they come from as properties. */
export interface Classification extends ReadonlyArray<Prediction>, VideoScores {
  /** The path of the video; `clip` for tensors. */
  readonly file: string;
  /** By place, a row a view: `[views, C]`, or `[views, C, T, H, W]` where they are not pooled. */
  readonly features: Readonly<Record<string, HostTensor<'float32'>>>;
}

/**
 * A function that classifies videos, or clips as tensors that are normalised already, with its model. One that sees
 * skeletons finds the people in a video by MoveNet, or takes a `.json` of their joints in its place. Of many, it
 * classifies several at once where the machine can. Rejects with MediaError for a video that cannot be used, and with
 * ShapeError for tensors that do not fit the model.
 */
export interface VideoClassifier
  extends ModelFunction, FilesFunction<Classification, ClassifyOptions, VideoFile | Clip> {}

/**
 * Loads a classifier: the small one that comes with the package, a checkpoint of any zoo, or an .onnx file. Rejects with
 * SpecError for a name without weights and for options that exclude each other, with WeightError for weights that cannot
 * be read or do not fit, and with RuntimeError where no runtime works.
 *
 * @example
 * ```ts
 * await using classify = await videoClassifier({ weights: 'SLOWFAST_8x8_R50.pyth' });
 * const [best] = await classify('clip.mp4', { top: 3, views: '3x1' });
 * const [sure] = await classify({ slow, fast }); // tensors [N, C, T, H, W], normalised
 * ```
 */
export async function videoClassifier(options: ClassifierOptions = {}): Promise<VideoClassifier> {
  checkArguments('videoClassifier', { options: [options, 'object'] });
  const { labels: names, features = [], ...compile } = options;
  // As many views as videos have by default: sessions are kept for all calls to come.
  const { model, notes } = await compileModel(
    { runs: 30, ...compile },
    features.length === 0
      ? undefined
      : ({ entry }) => featureNetwork(entry.model, features, 'outputs'),
  );
  const people = lazyPeople();
  const dispose = async (): Promise<void> => {
    await people[Symbol.asyncDispose]();
    await model[Symbol.asyncDispose]();
  };
  try {
    const preprocessing = preprocessingOf(model);
    const labels = await labelsOf(model, names);
    const untrained = untrainedWarning(model);

    /** What `score` gives for so many views, with the features of the same runs. */
    async function classification(
      file: string,
      rows: number,
      { top = 5, pool = 'mean', batch }: ClassifyOptions,
      score: (onOutputs: NonNullable<Scoring['onOutputs']>) => Promise<VideoScores>,
    ): Promise<Classification> {
      checkCount('top', top);
      checkCount('batch', batch);
      const sinks = features.map((name) => arraySink(name, rows, pool));
      const result = await score((outputs, at) =>
        sinks.forEach((sink, i) => sink.put(outputs[features[i]!]!, at)),
      );
      return Object.assign([...topPredictions(result.scores, labels, top)], result, {
        file,
        warnings: [...untrained, ...result.warnings],
        features: Object.fromEntries(features.map((name, i) => [name, sinks[i]!.array()])),
      });
    }

    async function classifyVideo(
      input: VideoInput,
      options: ClassifyOptions,
      parallel?: number,
    ): Promise<Classification> {
      const { views, batch, open, signal, onProgress } = options;
      const file = pathOf(input);
      const counts = views === undefined ? preprocessing.views : viewNumbers(views);
      return classification(file, counts.clips * counts.crops, options, (onOutputs) =>
        scoreVideo(input, {
          ...{ model, preprocessing, views: counts, onOutputs, people },
          ...defined({ batch, open, signal, parallel }),
          onProgress: (done, total) => onProgress?.(done, total, file),
        }),
      );
    }

    async function classifyClip(clip: Clip, options: ClassifyOptions): Promise<Classification> {
      options.signal?.throwIfAborted();
      return classification('clip', viewsOf(clip), options, (onOutputs) =>
        scoreClip(clip, model, preprocessing, onOutputs),
      );
    }

    const share = (files: number) => videosAtOnce(files, model);
    const classify = filesFunction(classifyVideo, share, { is: isClip, work: classifyClip });
    return modelFunction(classify, { model, preprocessing, labels, notes }, dispose);
  } catch (error) {
    await dispose();
    throw error;
  }
}
