/** @file What the scores of an evaluation depend on, beside the videos. */
import { fileURLToPath } from 'node:url';
import { DEFAULT_MODEL, DEFAULT_WEIGHTS } from '@slowfast/models';
import type { CompiledModel } from '@slowfast/core';
import type { OpenOptions } from '@slowfast/video';
import type { ViewNumbers } from '../classify/view-numbers.js';
import { isOnnxFile } from '../model/compile-model.js';
import { preprocessingOf } from '../model/labels.js';
import { pulledWeights } from '../published/named-weights.js';
import { fileHash } from '../files/file-hash.js';
import type { Settings } from './result-store.js';

/** What {@link evaluationSettings} looks at. */
export interface EvaluationSource {
  /** Name, or an .onnx file. */
  readonly model?: string;
  /** A file, or `initialised`. */
  readonly weights?: string;
  readonly seed?: number;
  /** Options that change a model of the catalog. */
  readonly variant: object;
  readonly views?: ViewNumbers;
  readonly runtime: string;
  readonly open: OpenOptions;
}

/** Everything that scores depend on; weights by their content, so that a file may move. */
export async function evaluationSettings(
  compiled: CompiledModel,
  { model, weights, seed = 0, variant, views, runtime, open }: EvaluationSource,
): Promise<Settings> {
  const preprocessing = preprocessingOf(compiled);
  const { clips, crops } = views ?? preprocessing.views;
  const { decoder, rotation, strict } = open;
  return {
    model: compiled.name,
    weights: await weightsIdentity(model, weights, seed),
    variant,
    preprocessing,
    views: { clips, crops },
    runtime,
    video: { decoder, rotation, strict },
  };
}

/** What tells weights from others: their content, or the seed that they are drawn by. */
export async function weightsIdentity(
  model: string | undefined,
  weights: string | undefined,
  seed = 0,
): Promise<object> {
  if (weights === 'initialised') return { seed };
  // Published ones are in the cache by now: the model is compiled.
  const pulled = weights === undefined ? undefined : await pulledWeights(weights, {});
  if (pulled) return { sha256: pulled.sha256 };
  const file = isOnnxFile(model) ? model : (weights ?? defaultWeightsFile(model));
  return file === undefined ? { seed } : { sha256: await fileHash(file) };
}

function defaultWeightsFile(model = DEFAULT_MODEL): string | undefined {
  return model === DEFAULT_MODEL ? fileURLToPath(DEFAULT_WEIGHTS) : undefined;
}
