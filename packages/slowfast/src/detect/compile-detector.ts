/** @file From options to a model for people in boxes that fits the frames of a video. */
import {
  SpecError,
  type CompiledModel,
  type ModelMetadata,
  type Preprocessing,
} from '@slowfast/core';
import { catalogModel, checkedModelName } from '@slowfast/models';
import { type LoadedModel } from '@slowfast/checkpoints';
import { shortSideSize, type Size } from '@slowfast/video';
import {
  checkRuntimeOptions,
  compileLoaded,
  compileModel,
  isOnnxFile,
  modelPart,
  type CompileOptions,
} from '../model/compile-model.js';
import { classCount, preprocessingOf } from '../model/labels.js';
import { openModel } from '../model/open-model.js';

/** The model when neither a name nor weights are given. */
export const DEFAULT_DETECTOR = 'slowfast-8x8-r50-ava';

/** A model that takes whole frames of one size; to be released before its detector. */
export interface CompiledDetector extends AsyncDisposable {
  readonly model: CompiledModel;
  readonly preprocessing: Preprocessing;
}

/** A model for people in boxes, before it is known what size frames have. */
export interface Detector extends AsyncDisposable {
  readonly preprocessing: Preprocessing;
  readonly metadata: ModelMetadata;
  readonly classes: number;
  readonly notes: readonly string[];
  /** Compiles it for whole frames of a video, their short side as the preprocessing says. */
  compile(video: Size): Promise<CompiledDetector>;
}

/** Opens the model that the options name. Throws {@link SpecError} for a model that takes no boxes. */
export async function openDetector(options: CompileOptions): Promise<Detector> {
  checkRuntimeOptions(options);
  if (isOnnxFile(options.model)) return fileDetector(options.model, options);
  const isNamed =
    options.model !== undefined || (options.weights ?? 'initialised') !== 'initialised';
  const named = isNamed ? options : { ...options, model: DEFAULT_DETECTOR };
  const loaded = await openModel(modelPart(named));
  const { entry, metadata, notes, weights } = loaded;
  const close = async (): Promise<void> => weights.close?.();
  if (!Object.hasOwn(entry.model.graph.inputs, 'boxes')) {
    await close();
    throw noDetector(entry.name);
  }
  const [scores] = Object.values(entry.model.graph.outputs);
  return {
    ...{ metadata, notes, [Symbol.asyncDispose]: close },
    preprocessing: entry.preprocessing,
    classes: Number(scores!.type.shape[1]),
    async compile(video) {
      const { model } = await compileLoaded(loaded, sized(loaded, video), options);
      return {
        model,
        preprocessing: preprocessingFor(model, video),
        [Symbol.asyncDispose]: () => model[Symbol.asyncDispose](),
      };
    },
  };
}

/** A detector of an .onnx file: one model for all sizes, to which frames are stretched if it is of one size. */
async function fileDetector(path: string, options: CompileOptions): Promise<Detector> {
  const { model, notes } = await compileModel({ ...options, model: path });
  const close = (): PromiseLike<void> => model[Symbol.asyncDispose]();
  try {
    if (!Object.hasOwn(model.inputs, 'boxes')) throw noDetector(model.name);
    const preprocessing = preprocessingOf(model);
    return {
      ...{ metadata: model.metadata, notes, preprocessing, classes: classCount(model) },
      [Symbol.asyncDispose]: close,
      compile: async (video) => ({
        model,
        preprocessing: preprocessingFor(model, video),
        [Symbol.asyncDispose]: async () => undefined,
      }),
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function sized({ entry, options }: LoadedModel, video: Size): LoadedModel['entry']['model'] {
  const { sampling, resize } = entry.preprocessing;
  const { width, height } = shortSideSize(sampling, video.width, video.height, resize);
  return catalogModel(checkedModelName(options.model), { ...options, size: [height, width] }).model;
}

/** The preprocessing of the model; an exported one has frames of its own size, to which they are stretched. */
function preprocessingFor(model: CompiledModel, video: Size): Preprocessing {
  const preprocessing = preprocessingOf(model);
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
