/** @file Trained weights as a file of ONNX, which the other commands take as their model. */
import { readFile } from 'node:fs/promises';
import {
  bytesSource,
  readSafetensors,
  WeightError,
  type ModelFacts,
  type Recipe,
  type WeightStore,
} from '@slowfast/core';
import { fileSource, writeFileAtomic } from '@slowfast/models';
import { exportOnnx } from '@slowfast/runtime-onnx';
import type { TrainingConfig } from '@slowfast/training';
import { trainedNetwork, type TrainedNetwork } from './network.js';

/** The key of the metadata under which weights keep the recipe of their network. */
export const NETWORK_KEY = 'slowfast.network';

/** What a file of weights says about its network. */
export interface NetworkFacts {
  readonly config: Pick<TrainingConfig, 'name' | 'data' | 'model' | 'train'>;
  readonly classes: number;
  readonly labels?: readonly string[];
}

/** Trained weights with their network. */
export interface TrainedWeights extends TrainedNetwork {
  readonly weights: WeightStore;
  readonly facts: ModelFacts & { readonly recipe: Recipe };
}

/** Reads weights that `slowfast train` wrote; rejects with {@link WeightError} for others. */
export async function readTrained(path: string): Promise<TrainedWeights> {
  const weights = await readSafetensors(bytesSource(await readFile(path), path));
  const text = weights.metadata?.[NETWORK_KEY];
  if (text === undefined) {
    throw new WeightError({
      site: path,
      expected: 'weights that `slowfast train` wrote',
      received: 'others',
    });
  }
  const { config, classes, labels } = JSON.parse(text) as NetworkFacts;
  const network = trainedNetwork(config as TrainingConfig, classes);
  const recipe = JSON.parse(weights.metadata?.recipe ?? '{}') as Recipe;
  return {
    ...network,
    recipe,
    weights,
    facts: { recipe, trained: true, ...(labels ? { labels } : {}) },
  };
}

/** Whether a file is one of weights that `slowfast train` wrote; only its header is read. */
export async function isTrained(path: string): Promise<boolean> {
  if (!path.toLowerCase().endsWith('.safetensors')) return false;
  const { metadata, close } = await readSafetensors(await fileSource(path));
  await close?.();
  return metadata?.[NETWORK_KEY] !== undefined;
}

/** Writes a trained model as ONNX, with recipe and labels. */
export async function writeTrainedOnnx(
  path: string,
  { model, weights, facts }: Pick<TrainedWeights, 'model' | 'weights' | 'facts'>,
): Promise<void> {
  await writeFileAtomic(path, async (sink) => {
    for await (const chunk of exportOnnx(model, weights, { facts })) await sink.write(chunk);
  });
}
