/** @file The detector of actions of the front door. */
import {
  checkArguments,
  RuntimeError,
  type CompiledModel,
  type Preprocessing,
} from '@slowfast/core';
import type { OpenOptions } from '@slowfast/video';
import { checkCount } from '../check-count.js';
import { filesFunction, opened, pathOf } from '../classify/files.js';
import type {
  FilesOptions,
  Results,
  VideoFile,
  VideoFiles,
  VideoInput,
} from '../classify/files.js';
import type { CompileOptions } from '../model/compile-model.js';
import { classLabelsOf, untrainedWarning } from '../model/labels.js';
import { modelFunction, type ModelFunction } from '../model/model-function.js';
import { openDetector } from './compile-detector.js';
import { detectActions, type DetectedFrame, type FindPeople } from './detection.js';
import { keyTimes, type KeyFrameDistance } from './key-times.js';
import {
  defaultPeople,
  peopleOfFile,
  peopleOfFunction,
  wholeFrame,
  type People,
  type PeopleOrigin,
} from './people.js';
import { sizedDetector } from './sized-detector.js';

/** Options of {@link actionDetector}. */
export interface DetectorOptions extends CompileOptions {
  /** Class names, or a file with one a line, or the name of a data set; default: the model's own. */
  readonly labels?: string | readonly string[];
}

/** Options of one call of an {@link ActionDetector}. */
export interface DetectActionsOptions extends KeyFrameDistance {
  /**
   * Where people are: a .csv as AVA has it or a .json file, a function, what `peopleDetector` gives, or `whole-frame`, for
   * one person who fills it. Default: MoveNet finds them, as `defaultPeople` has it.
   */
  readonly people?: string | FindPeople | People;
  /** Actions a person at most, best first; default 5. */
  readonly top?: number;
  /** Their least score; default 0.1. */
  readonly minScore?: number;
  /** How the video is opened. */
  readonly open?: OpenOptions;
  /** Ends it; the signal's reason is thrown. */
  readonly signal?: AbortSignal;
  /** Called with key frames done and key frames altogether, of this file. */
  readonly onProgress?: (done: number, total: number, file: string) => void;
}

/** What the people in a video do. */
export interface Detection {
  /** The path of the video. */
  readonly file: string;
  /** What found the people. */
  readonly detector: PeopleOrigin;
  /** In order of time. */
  readonly keyFrames: readonly DetectedFrame[];
  readonly warnings: readonly string[];
}

/** A function that finds what the people in videos do, with its model. */
export interface ActionDetector extends Omit<ModelFunction, 'model'> {
  /** The model for frames of the last video's size; there is none before the first. */
  readonly model: CompiledModel | undefined;
  /** The actions of a video; rejects with MediaError for one that cannot be used. */
  (file: VideoFile, options?: DetectActionsOptions): Promise<Detection>;
  /** The same of many, one after another. */
  (files: VideoFiles, options?: DetectActionsOptions & FilesOptions): Results<Detection>;
}

/**
 * Loads a detector of actions: a checkpoint of a model for people in boxes, or an .onnx file of one. It is compiled
 * for the first video, and again where a video's size is another. Rejects as `videoClassifier` does, and with SpecError
 * for a classifier of whole clips.
 *
 * @example
 * ```ts
 * await using detect = await actionDetector({ weights: 'SLOWFAST_32x2_R101_50_50.pkl' });
 * const { keyFrames } = await detect('clip.mp4'); // people are found by MoveNet
 * for (const { time, boxes } of keyFrames) console.log(time, boxes);
 * ```
 */
export async function actionDetector(options: DetectorOptions = {}): Promise<ActionDetector> {
  checkArguments('actionDetector', { options: [options, 'object'] });
  const { labels: names, ...compile } = options;
  const detector = await openDetector(compile);
  const sized = sizedDetector(detector);
  let found: Promise<People> | undefined;
  let isDisposed = false;
  let queue: Promise<unknown> = Promise.resolve();
  const { preprocessing, metadata, notes } = detector;
  const labels = await classLabelsOf(metadata.labels, names, detector.classes).catch(
    async (error: unknown) => {
      await detector[Symbol.asyncDispose]();
      throw error;
    },
  );

  async function detectOne(input: VideoInput, options: DetectActionsOptions): Promise<Detection> {
    const file = pathOf(input);
    if (isDisposed) {
      throw new RuntimeError({
        site: 'actionDetector',
        expected: 'a call before dispose',
        received: 'one after it',
      });
    }
    const { top = 5, minScore = 0.1, every, everyFrames, signal, open, onProgress } = options;
    checkCount('top', top);
    checkCount('everyFrames', everyFrames);
    const stop = signal ? { signal } : {};
    await using source = await opened(input, { ...open, ...stop });
    const { video } = source;
    const people = await peopleFrom(options.people, file);
    const times = keyTimes(video.timeline, {
      ...(every === undefined ? {} : { every }),
      ...(everyFrames === undefined ? {} : { everyFrames }),
    });
    people.checkTimes?.(times);
    const { model, preprocessing } = await sized.of(video.info);
    const keyFrames = await detectActions(video, {
      ...{ model, preprocessing, labels, top, minScore, times, ...stop },
      people: people.find,
      onProgress: (done, total) => onProgress?.(done, total, file),
    });
    const warnings = [...untrainedWarning({ metadata }), ...video.warnings];
    return { file, detector: people.origin, keyFrames, warnings };
  }

  /** The detector of people is opened for the first video that needs it, and kept. */
  async function peopleFrom(
    people: DetectActionsOptions['people'],
    video: string,
  ): Promise<Omit<People, typeof Symbol.asyncDispose>> {
    if (people === 'whole-frame') return wholeFrame();
    if (typeof people === 'string') return peopleOfFile(people, { video });
    if (people !== undefined)
      return typeof people === 'function' ? peopleOfFunction(people) : people;
    found ??= defaultPeople().catch((error: unknown) => {
      found = undefined;
      throw error;
    });
    return found;
  }

  /** One video after another: they share the model, which may be compiled anew between them. */
  function inTurn(input: VideoInput, options: DetectActionsOptions): Promise<Detection> {
    const result = queue.then(() => detectOne(input, options));
    queue = result.catch(() => undefined);
    return result;
  }

  const detect = filesFunction(inTurn);
  const parts = {
    get model(): CompiledModel | undefined {
      return sized.model;
    },
    preprocessing: preprocessing as Preprocessing,
    labels,
    notes,
  };
  return modelFunction(detect, parts, async () => {
    isDisposed = true;
    await queue;
    await (await found)?.[Symbol.asyncDispose]();
    await sized[Symbol.asyncDispose]();
    await detector[Symbol.asyncDispose]();
  });
}
