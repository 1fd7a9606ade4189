/** @file From options to a model for people in boxes that fits the frames of a video. */
import { SpecError, type CompiledModel, type Preprocessing } from '@slowfast/core';
import { catalogModel, checkedModelName } from '@slowfast/models';
import { type LoadedModel } from '@slowfast/checkpoints';
import { shortSideSize, type Size } from '@slowfast/video';
import { compileModel, type CompileOptions } from '../model/compile-model.js';
import { preprocessingOf } from '../model/labels.js';

/** The model when neither a name nor weights are given. */
export const DEFAULT_DETECTOR = 'slowfast-8x8-r50-ava';

/** A model that takes whole frames of one size. */
export interface CompiledDetector {
  readonly model: CompiledModel;
  readonly preprocessing: Preprocessing;
  readonly notes: readonly string[];
}

/**
 * Compiles the model that the options name for whole frames of a video, their short side as the preprocessing says.
 * Throws {@link SpecError} for a model that takes no boxes.
 */
export async function compileDetector(
  options: CompileOptions,
  video: Size,
): Promise<CompiledDetector> {
  const named = options.model !== undefined || (options.weights ?? 'initialised') !== 'initialised';
  const { model, notes } = await compileModel(
    named ? options : { ...options, model: DEFAULT_DETECTOR },
    (loaded) => sized(loaded, video),
  );
  try {
    return { model, notes, preprocessing: preprocessingFor(model, video) };
  } catch (error) {
    await model[Symbol.asyncDispose]();
    throw error;
  }
}

function sized({ entry, options }: LoadedModel, video: Size): LoadedModel['entry']['model'] {
  const { sampling, resize } = entry.preprocessing;
  if (!Object.hasOwn(entry.model.graph.inputs, 'boxes')) throw noDetector(entry.name);
  const { width, height } = shortSideSize(sampling, video.width, video.height, resize);
  return catalogModel(checkedModelName(options.model), { ...options, size: [height, width] }).model;
}

/** The preprocessing of the model; an exported one has frames of its own size, to which they are stretched. */
function preprocessingFor(model: CompiledModel, video: Size): Preprocessing {
  const preprocessing = preprocessingOf(model);
  if (!Object.hasOwn(model.inputs, 'boxes')) throw noDetector(model.name);
  const [height, width] = Object.values(model.inputs)[0]!.slice(-2);
  const own = shortSideSize(
    preprocessing.sampling,
    video.width,
    video.height,
    preprocessing.resize,
  );
  const fits = height === own.height && width === own.width;
  if (fits || typeof height !== 'number' || typeof width !== 'number') return preprocessing;
  return { ...preprocessing, stretch: [height, width] };
}

const noDetector = (name: string): SpecError =>
  new SpecError({
    site: name,
    expected: 'a model for people in boxes',
    received: 'a classifier of whole clips',
    remedy: `Take ${DEFAULT_DETECTOR}, or another whose name ends with -ava`,
  });
