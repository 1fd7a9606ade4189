/** @file The model that options name, with its weights. */
import { fileText } from '@slowfast/core';
import { loadModel, type LoadModelOptions, type LoadedModel } from '@slowfast/checkpoints';
import { DEFAULT_MODEL, DEFAULT_MODEL_TITLE } from '@slowfast/models';
import { defined } from '../defined.js';
import type { PullOptions } from '../published/pull.js';
import { namedWeights, type NamedWeights } from '../published/named-weights.js';
import { weightsSource, type WeightsInput } from './weights-source.js';

/** Which model, with which weights; those of the catalog override what a checkpoint says of itself. */
export interface ModelOptions extends Omit<LoadModelOptions, 'weights' | 'config'> {
  /**
   * Weights of any zoo and container, or this project's safetensors: a path, Blob, bytes or source; or published ones,
   * which are fetched once and kept: a name (`'kinetics400'`, `'pyslowfast/slowfast-8x8-r50'`), `'https://…'`,
   * `'hf:owner/repository/file'`. Or `'initialised'`: drawn by `seed`, so that scores mean nothing. Default: those of the
   * default model; a model that is named needs some.
   */
  readonly weights?: WeightsInput;
  /**
   * A file with the PySlowFast configuration (YAML) that the weights were trained with, where they hold none: those of the
   * zoo's `.pkl`. The other options override it.
   */
  readonly config?: string;
  /** Takes published weights from the cache alone; default: as `SLOWFAST_OFFLINE` says. */
  readonly offline?: boolean;
  /** Called with bytes done and bytes in all (0: not known) while published weights are fetched. */
  readonly onDownload?: (done: number, total: number, name: string) => void;
  /** Ends loading. */
  readonly signal?: AbortSignal;
}

/** A loaded model, and what stands for its weights. */
export interface OpenedModel extends LoadedModel {
  /** Equal texts mean equal weights; none where that cannot be told without reading them. */
  readonly weightsVersion?: string;
}

/**
 * Loads the model; the default one where neither name nor weights are given, which a note says. Rejects as
 * `loadModel` of `@slowfast/checkpoints` does. Close `weights` after use.
 */
export async function openModel(options: ModelOptions): Promise<OpenedModel> {
  const { weights, config, offline, onDownload, signal, ...network } = options;
  const reference = await published(weights, defined({ offline, signal, onProgress: onDownload }));
  const source =
    weights === 'initialised'
      ? weights
      : (reference?.source ?? (weights === undefined ? undefined : await weightsSource(weights)));
  const text = config === undefined ? undefined : await fileText(config);
  const how = { ...reference?.options, ...defined({ ...network, config: text }) };
  const loaded = await loadModel({ ...how, ...(source === undefined ? {} : { weights: source }) });
  const version = typeof source === 'object' ? source.version : source;
  const opened: OpenedModel =
    version === undefined ? loaded : { ...loaded, weightsVersion: JSON.stringify([version, how]) };
  if (network.model !== undefined || weights !== undefined) return opened;
  return { ...opened, notes: [defaultNote(loaded), ...loaded.notes] };
}

/** What text or address stands for published weights, opened; nothing for all others. */
async function published(
  weights: WeightsInput | undefined,
  options: PullOptions,
): Promise<NamedWeights | undefined> {
  if (weights === 'initialised') return undefined;
  if (typeof weights === 'string') return namedWeights(weights, options);
  return weights instanceof URL ? namedWeights(weights.href, options) : undefined;
}

function defaultNote({ metadata: { labels = [] } }: LoadedModel): string {
  return (
    `the model is ${DEFAULT_MODEL}, a ${DEFAULT_MODEL_TITLE}: it knows ` +
    `${labels.length} classes (${labels.join(', ')}); the options model and weights choose another`
  );
}
