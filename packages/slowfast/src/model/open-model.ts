/** @file The model that options name, with its weights. */
import { loadModel, type LoadModelOptions, type LoadedModel } from '@slowfast/checkpoints';
import { DEFAULT_MODEL, DEFAULT_MODEL_TITLE } from '@slowfast/models';
import { defined } from '../defined.js';
import { weightsSource, type WeightsInput } from './weights-source.js';

/** Which model, with which weights; those of the catalog override what a checkpoint says of itself. */
export interface ModelOptions extends Omit<LoadModelOptions, 'weights'> {
  /**
   * Weights of any zoo and container, or this project's safetensors: a path, URL, Blob, bytes or source. Or
   * `'initialised'`: drawn by `seed`, so that scores mean nothing. Default: those of the default model; a model
   * that is named needs some.
   */
  readonly weights?: WeightsInput;
}

/**
 * Loads the model; the default one where neither name nor weights are given, which a note says. Rejects as
 * `loadModel` of `@slowfast/checkpoints` does. Close `weights` after use.
 */
export async function openModel({ weights, ...options }: ModelOptions): Promise<LoadedModel> {
  const loaded = await loadModel({
    ...defined(options),
    ...(weights === undefined
      ? {}
      : { weights: weights === 'initialised' ? weights : await weightsSource(weights) }),
  });
  if (options.model !== undefined || weights !== undefined) return loaded;
  return { ...loaded, notes: [defaultNote(loaded), ...loaded.notes] };
}

function defaultNote({ metadata: { labels = [] } }: LoadedModel): string {
  return (
    `the model is ${DEFAULT_MODEL}, a ${DEFAULT_MODEL_TITLE}: it knows ` +
    `${labels.length} classes (${labels.join(', ')}); the options model and weights choose another`
  );
}
