/** @file The classifier of streams of the front door. */
import { checkArguments } from '@slowfast/core';
import type { LiveFrame } from '@slowfast/video';
import { checkCount } from '../check-count.js';
import { compileModel, type CompileOptions } from '../model/compile-model.js';
import { labelsOf, preprocessingOf } from '../model/labels.js';
import { modelFunction, type ModelFunction } from '../model/model-function.js';
import { observe, type Observation, type ObserveOptions } from './observe.js';

/** Options of {@link liveClassifier}. */
export interface LiveClassifierOptions extends CompileOptions {
  /** Class names, or a file with one a line, or the name of a data set; default: the model's own. */
  readonly labels?: string | readonly string[];
}

/** A function that says again and again what goes on, with its model. */
export interface LiveClassifier extends ModelFunction {
  /**
   * What goes on in a file, a URL, a device that ffmpeg knows, or in frames of the caller's own, until they end. Throws
   * MediaError for a source that cannot be played.
   */
  (
    source: string | AsyncIterable<LiveFrame>,
    options?: ObserveOptions,
  ): AsyncGenerator<Observation, void, undefined>;
}

/**
 * Loads a classifier for what plays. Rejects as `videoClassifier` does.
 *
 * @example
 * ```ts
 * await using watch = await liveClassifier();
 * for await (const { time, predictions } of watch('rtsp://camera/', { every: 1 })) console.log(time, predictions[0]);
 * ```
 */
export async function liveClassifier(options: LiveClassifierOptions = {}): Promise<LiveClassifier> {
  checkArguments('liveClassifier', { options: [options, 'object'] });
  const { labels: names, ...compile } = options;
  const { model, notes } = await compileModel(compile);
  try {
    const preprocessing = preprocessingOf(model);
    const labels = await labelsOf(model, names);
    const watch = (source: string | AsyncIterable<LiveFrame>, options: ObserveOptions = {}) => {
      for (const name of ['top', 'queue'] as const) checkCount(name, options[name]);
      return observe(source, { ...options, model, ...(labels ? { labels } : {}) });
    };
    return modelFunction(watch, { model, preprocessing, labels, notes }, () =>
      model[Symbol.asyncDispose](),
    );
  } catch (error) {
    await model[Symbol.asyncDispose]();
    throw error;
  }
}
