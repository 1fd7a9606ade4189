/** @file Where in a video a classifier sees a class: the front door to class-activation maps. */
import {
  checkArguments,
  classActivationModel,
  SpecError,
  type HostTensor,
  type Preprocessing,
} from '@slowfast/core';
import { activate, ScoreCombiner, type Prediction } from '@slowfast/evaluation';
import type { CatalogEntry } from '@slowfast/models';
import {
  frameSize,
  viewPlan,
  views,
  type ClipFrames,
  type OpenOptions,
  type RgbImage,
  type Size,
  type Video,
  type View,
} from '@slowfast/video';
import { opened, pathOf, type VideoInput } from '../classify/files.js';
import { viewNumbers, type ViewNumbers, type ViewText } from '../classify/view-numbers.js';
import { compileModel, isOnnxFile, type CompileOptions } from '../model/compile-model.js';
import { labelsOf, preprocessingOf, untrainedWarning } from '../model/labels.js';
import { modelFunction, type ModelFunction } from '../model/model-function.js';
import type { ActivationMap } from './activation-maps.js';
import { clipExplanation } from './clip-explanation.js';
import {
  bestOf,
  classIndex,
  feedsOf,
  foundIn,
  mapsOf,
  type Outputs,
  type Work,
} from './explaining-model.js';
import { sideBySide } from './heat-overlay.js';

/** Options of {@link videoExplainer}. */
export interface ExplainerOptions extends CompileOptions {
  /** Class names, or a file with one a line, or the name of a data set; default: the model's own. */
  readonly labels?: string | readonly string[];
  /** Stages to look into; default: the last of each pathway that sees, `slow.res5` and `fast.res5`. */
  readonly at?: readonly string[];
}

/** Options of one call of a {@link VideoExplainer}. */
export interface ExplainOptions {
  /** The class by name or number; default: the best. */
  readonly class?: string | number;
  /** Clips x crops; default: the preprocessing's clips, the middle of each. */
  readonly views?: ViewText | ViewNumbers;
  /** Clips to look at in place of those of the views, the middle of each: windows that `slidingWindows` gives. */
  readonly samples?: readonly ClipFrames[];
  /** How the video is opened. */
  readonly open?: OpenOptions;
  /** Ends it; the signal's reason is thrown. */
  readonly signal?: AbortSignal;
  /** Called with views done and views altogether. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Where a class was seen. */
export interface Explanation {
  /** The path of the video. */
  readonly file: string;
  /** The class that is explained. */
  readonly class: Prediction;
  /** The best five. */
  readonly predictions: readonly Prediction[];
  /** Clips x crops. */
  readonly views: string;
  /** By stage, one a view. */
  readonly maps: Readonly<Record<string, readonly ActivationMap[]>>;
  readonly warnings: readonly string[];
  /** A frame of the video, whose number is given, under the maps of one stage. */
  overlay(stage: string, image: RgbImage, frame: number): RgbImage;
  /** The same for each stage, side by side. */
  picture(image: RgbImage, frame: number): RgbImage;
}

/** Where a class was seen in one clip, whose frames count from 0. */
export type ClipExplanation = Pick<Explanation, 'class' | 'predictions' | 'maps' | 'overlay'>;

/** A function that says where a class is seen, with its model. */
export interface VideoExplainer extends ModelFunction {
  /** The maps of a video, or of one that is open; rejects with SpecError for a class that is not there. */
  (file: VideoInput, options?: ExplainOptions): Promise<Explanation>;
  /**
   * The maps of a clip that is at hand, normalised pixels `[1, 3, T, H, W]` such as `LiveClips` gives of a camera. Overlays
   * are for pictures of what the clip shows, of any size. Rejects with SpecError for a class that is not there, for another
   * shape, and for a model that hears.
   */
  clip(
    tensor: HostTensor<'float32'>,
    options?: Pick<ExplainOptions, 'class' | 'signal'>,
  ): Promise<ClipExplanation>;
}

/**
 * Loads a classifier with the way back from its classes. Rejects as `videoClassifier` does, and with SpecError for stages
 * that are not there. It runs in a browser, too, with a video that is open.
 *
 * @example
 * ```ts
 * await using explain = await videoExplainer();
 * const { class: best, maps, picture } = await explain('clip.mp4');
 * ```
 */
export async function videoExplainer(options: ExplainerOptions = {}): Promise<VideoExplainer> {
  checkArguments('videoExplainer', { options: [options, 'object'] });
  const { labels: names, at, ...compile } = options;
  if (isOnnxFile(options.model)) {
    throw new SpecError({
      site: 'model',
      expected: 'a model by name, since maps need its stages',
      received: 'an .onnx file',
    });
  }
  let stages = at ?? [];
  const { model, notes } = await compileModel(compile, ({ entry }) => {
    stages = at ?? lastStages(entry);
    checkStagesSee(stages, entry.preprocessing);
    return classActivationModel(entry.model, stages);
  });
  try {
    const preprocessing = preprocessingOf(model);
    const labels = await labelsOf(model, names);
    const explain = (input: VideoInput, how: ExplainOptions = {}): Promise<Explanation> =>
      explanation(input, how, { model, preprocessing, labels, stages });
    const clip: VideoExplainer['clip'] = (tensor, how = {}) =>
      clipExplanation(tensor, how, { model, preprocessing, labels, stages });
    return modelFunction(explain, { model, preprocessing, labels, notes, clip }, () =>
      model[Symbol.asyncDispose](),
    );
  } catch (error) {
    await model[Symbol.asyncDispose]();
    throw error;
  }
}

function lastStages({
  model,
  preprocessing,
}: Pick<CatalogEntry, 'preprocessing'> & {
  readonly model: Pick<CatalogEntry['model'], 'pathways' | 'taps'>;
}): readonly string[] {
  const own = [...(model.taps as ReadonlyMap<string, unknown>).keys()];
  return Object.keys(model.pathways)
    .filter((pathway) => preprocessing.pathways[pathway]?.input !== 'sound')
    .map((pathway) =>
      own.findLast((tap) => tap.startsWith(`${pathway}.`) && tap.split('.').length === 2)!,
    );
}

/** A map over frequencies is no place in a picture. */
function checkStagesSee(stages: readonly string[], { pathways }: Preprocessing): void {
  const hears = stages.find((stage) => pathways[stage.split('.')[0]!]?.input === 'sound');
  if (hears === undefined) return;
  throw new SpecError({
    site: 'stages',
    expected: 'stages of pathways that see, since maps are places in pictures',
    received: hears,
  });
}

async function explanation(
  input: VideoInput,
  options: ExplainOptions,
  work: Work,
): Promise<Explanation> {
  const { model, preprocessing, stages } = work;
  const { signal, open, onProgress, samples } = options;
  const own = { clips: samples?.length ?? preprocessing.views.clips, crops: 1 };
  const counts = options.views === undefined ? own : viewNumbers(options.views);
  if (samples && options.views !== undefined) {
    throw new SpecError({ site: 'samples', expected: 'either samples or views', received: 'both' });
  }
  const stop = signal ? { signal } : {};
  const pictureFps = preprocessing.clip.fps;
  await using file = await opened(input, { pictureFps, ...open, ...stop });
  const { video } = file;
  const passes = options.class === undefined ? 2 : 1;
  const total = passes * counts.clips * counts.crops;
  let done = 0;
  const pass = async (index: number | undefined, onView?: OnView): Promise<Float32Array> => {
    const combiner = new ScoreCombiner(preprocessing.views.combine);
    const plan = { ...counts, ...stop, ...(samples ? { samples } : {}) };
    for await (const view of views(video, preprocessing, plan)) {
      const outputs = await model.run(feedsOf(view, index, work));
      signal?.throwIfAborted();
      combiner.add(activate(outputs['scores']!.data as Float32Array, preprocessing.activation));
      onView?.(view, outputs);
      onProgress?.(++done, total);
    }
    return combiner.result();
  };
  const ownClass = options.class === undefined ? undefined : classIndex(options.class, work);
  const index = ownClass ?? bestOf(await pass(undefined));
  const area = areaOf(video, preprocessing, counts);
  const maps = Object.fromEntries(stages.map((stage) => [stage, [] as ActivationMap[]]));
  const scores = await pass(index, (view, outputs) => {
    for (const [stage, map] of mapsOf(view.frames, outputs, work)) {
      maps[stage]!.push({ ...map, area: area(view.crop) });
    }
  });
  const found = foundIn(scores, index, maps, work);
  return {
    ...found,
    file: pathOf(input),
    views: `${counts.clips}x${counts.crops}`,
    warnings: [...untrainedWarning(model), ...video.warnings],
    picture: (image, frame) =>
      sideBySide(stages.map((name) => ({ name, image: found.overlay(name, image, frame) }))),
  };
}

type OnView = (view: View, outputs: Outputs) => void;

/** The parts of a frame that the crops see. */
function areaOf(
  { timeline, info }: Video,
  preprocessing: Preprocessing,
  counts: ViewNumbers,
): (crop: number) => ActivationMap['area'] {
  const size: Size = info;
  const { offsets, crop } = viewPlan(timeline, size, preprocessing, counts);
  const { width, height } = frameSize(preprocessing, size);
  const [rows, columns] = crop;
  return (at) => {
    const { x, y } = offsets[at]!;
    return [x / width, y / height, (x + columns) / width, (y + rows) / height];
  };
}
