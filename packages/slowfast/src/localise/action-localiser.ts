/** @file When, not only what: the localiser of the front door. */
import { checkArguments } from '@slowfast/core';
import type { ScoredSegment, SegmentOptions } from '@slowfast/evaluation';
import { checkCount } from '../check-count.js';
import {
  filesFunction,
  pathOf,
  type FilesOptions,
  type Results,
  type VideoFile,
  type VideoFiles,
  type VideoInput,
} from '../classify/files.js';
import { compileModel, type CompileOptions } from '../model/compile-model.js';
import { labelsOf, numberedClasses, preprocessingOf, untrainedWarning } from '../model/labels.js';
import { modelFunction, type ModelFunction } from '../model/model-function.js';
import { localiseVideo, type Localisation, type LocalisationOptions } from './localise-video.js';

/** Options of {@link actionLocaliser}. */
export interface LocaliserOptions extends CompileOptions {
  /** Class names, or a file with one a line, or the name of a data set; default: the model's own. */
  readonly labels?: string | readonly string[];
}

/** Options of one call of an {@link ActionLocaliser}. */
export interface LocaliseOptions extends LocalisationOptions {
  /** Called with windows done and windows altogether, of this file. */
  readonly onProgress?: (done: number, total: number, file: string) => void;
}

/** The segments of a file. */
export interface FileLocalisation extends Localisation {
  /** The path of the video. */
  readonly file: string;
}

/** A function that says when classes happen in videos, with its model. */
export interface ActionLocaliser extends ModelFunction {
  /** The segments of a video; rejects with MediaError for one that cannot be used. */
  (file: VideoFile, options?: LocaliseOptions): Promise<FileLocalisation>;
  /** The same of many, one after another. */
  (files: VideoFiles, options?: LocaliseOptions & FilesOptions): Results<FileLocalisation>;
}

export type { Localisation, LocalisationOptions, ScoredSegment, SegmentOptions };

/**
 * Loads a classifier and slides it over videos. Rejects as `videoClassifier` does, and with SpecError for a model of
 * people in boxes.
 *
 * @example
 * ```ts
 * await using localise = await actionLocaliser({ weights: 'SLOWFAST_8x8_R50.pyth' });
 * for (const { start, end, label } of (await localise('match.mp4')).segments) console.log(start, end, label);
 * ```
 */
export async function actionLocaliser(options: LocaliserOptions = {}): Promise<ActionLocaliser> {
  checkArguments('actionLocaliser', { options: [options, 'object'] });

  const { labels: names, ...compile } = options;
  const { model, notes } = await compileModel(compile);
  try {
    const preprocessing = preprocessingOf(model);
    const ownLabels = await labelsOf(model, names);
    const labels = ownLabels ?? numberedClasses(model);
    const untrained = untrainedWarning(model);
    const localiseOne = async (
      input: VideoInput,
      { onProgress, ...search }: LocaliseOptions,
    ): Promise<FileLocalisation> => {
      checkCount('batch', search.batch);
      const file = pathOf(input);
      const localisation = await localiseVideo(input, {
        ...{ ...search, model, preprocessing, labels },
        onProgress: (done, total) => onProgress?.(done, total, file),
      });
      return { file, ...localisation, warnings: [...untrained, ...localisation.warnings] };
    };
    return modelFunction(
      filesFunction(localiseOne),
      { model, preprocessing, labels: ownLabels, notes },
      () => model[Symbol.asyncDispose](),
    );
  } catch (error) {
    await model[Symbol.asyncDispose]();
    throw error;
  }
}
