/** @file Where in a video a classifier sees a class: the front door to class-activation maps. */
import {
  checkArguments,
  activationMapOf,
  CLASS_INPUT,
  classActivationModel,
  float32Tensor,
  nearestNames,
  pathwayFrameIndices,
  SpecError,
  type CompiledModel,
  type HostTensor,
  type Preprocessing,
} from '@slowfast/core';
import {
  activated,
  batchFeeds,
  ScoreCombiner,
  soundsOf,
  topPredictions,
  type Prediction,
} from '@slowfast/evaluation';
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
import { classCount, labelsOf, preprocessingOf, untrainedWarning } from '../model/labels.js';
import { modelFunction, type ModelFunction } from '../model/model-function.js';
import { heatOf, peakOf, type ActivationMap } from './activation-maps.js';
import { heated, sideBySide } from './heat-overlay.js';

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

/** A function that says where a class is seen, with its model. */
export interface VideoExplainer extends ModelFunction {
  /** The maps of a video, or of one that is open; rejects with SpecError for a class that is not there. */
  (file: VideoInput, options?: ExplainOptions): Promise<Explanation>;
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
    return modelFunction(explain, { model, preprocessing, labels, notes }, () =>
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

interface Work {
  readonly model: CompiledModel;
  readonly preprocessing: Preprocessing;
  readonly labels: readonly string[] | undefined;
  readonly stages: readonly string[];
}

async function explanation(
  input: VideoInput,
  options: ExplainOptions,
  work: Work,
): Promise<Explanation> {
  const { model, preprocessing, labels, stages } = work;
  const { signal, open, onProgress, samples } = options;
  const own = { clips: samples?.length ?? preprocessing.views.clips, crops: 1 };
  const counts = options.views === undefined ? own : viewNumbers(options.views);
  if (samples && options.views !== undefined) {
    throw new SpecError({ site: 'samples', expected: 'either samples or views', received: 'both' });
  }
  const stop = signal ? { signal } : {};
  await using file = await opened(input, { ...open, ...stop });
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
      combiner.add(activated(outputs['scores']!.data as Float32Array, preprocessing.activation));
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
    for (const stage of stages) {
      const { shape, data } = outputs[activationMapOf(stage)]!;
      const map = float32Tensor(shape.slice(1), data as Float32Array);
      const frames = framesOf(view, stage, map.shape[0]!, preprocessing);
      maps[stage]!.push({ map, frames, area: area(view.crop) });
    }
  });
  const predictions = topPredictions(scores, labels, scores.length);
  const peaks = new Map(stages.map((stage) => [stage, peakOf(maps[stage]!)]));
  const overlay: Explanation['overlay'] = (stage, image, frame) => {
    const own = maps[stage];
    if (!own) throw new SpecError({ site: 'stage', expected: stages.join(', '), received: stage });
    return heated(image, heatOf(own, frame, image, peaks.get(stage)!));
  };
  return {
    file: pathOf(input),
    class: predictions.find((one) => one.index === index)!,
    predictions: predictions.slice(0, 5),
    views: `${counts.clips}x${counts.crops}`,
    maps,
    warnings: [...untrainedWarning(model), ...video.warnings],
    overlay,
    picture: (image, frame) =>
      sideBySide(stages.map((name) => ({ name, image: overlay(name, image, frame) }))),
  };
}

type OnView = (view: View, outputs: Readonly<Record<string, HostTensor>>) => void;

/** The feeds of a view; without a class nothing flows back. */
function feedsOf(
  view: View,
  index: number | undefined,
  { model, preprocessing }: Work,
): Readonly<Record<string, HostTensor>> {
  const inputs = Object.keys(model.inputs).filter((name) => name !== CLASS_INPUT);
  const classes = classCount(model);
  const oneHot = new Float32Array(classes);
  if (index !== undefined) oneHot[index] = 1;
  return {
    ...batchFeeds(inputs, preprocessing, [view.tensor], soundsOf([view])),
    [CLASS_INPUT]: float32Tensor([1, classes], oneHot),
  };
}

const bestOf = (scores: Float32Array): number => scores.indexOf(Math.max(...scores));

function classIndex(name: string | number, { model, labels }: Work): number {
  const classes = classCount(model);
  const index = labels?.indexOf(String(name)) ?? -1;
  if (index >= 0) return index;
  const number = typeof name === 'number' || /^\d+$/.test(name) ? Number(name) : -1;
  if (Number.isInteger(number) && number >= 0 && number < classes) return number;
  throw new SpecError({
    site: 'class',
    expected: labels ? `one of ${classes} classes` : `a number from 0 to ${classes - 1}`,
    received: `'${name}'`,
    ...(labels
      ? { remedy: `The nearest are ${nearestNames(String(name), labels).join(', ')}` }
      : {}),
  });
}

/** The frame of the video that is in the middle of what each position of a stage stands for. */
function framesOf(
  { frames }: View,
  stage: string,
  positions: number,
  { clip, pathways }: Preprocessing,
): readonly number[] {
  const pathway = pathways[stage.split('.')[0]!];
  const own = pathway
    ? pathwayFrameIndices(clip.frames, pathway.frames, pathway.rule)
    : frames.map((_, i) => i);
  return Array.from({ length: positions }, (_, i) => {
    return frames[own[Math.floor(((i + 0.5) * own.length) / positions)]!]!;
  });
}

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
