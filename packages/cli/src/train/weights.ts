/** @file Weights to start from: drawn anew, or of a checkpoint of any zoo with another classifier. */
import type { Model, Pathways, WeightStore } from '@slowfast/core';
import { initialWeights } from '@slowfast/core';
import { fileSource, loadCheckpoint } from '@slowfast/models';
import { fineTuneWeights, plainInitialWeights, type FineTuneWeights } from '@slowfast/training';

/** Weights with what is to be said about them. */
export interface StartWeights {
  readonly weights: WeightStore;
  readonly fineTuning?: FineTuneWeights;
}

/** Options of {@link startWeights}. */
export interface StartOptions {
  readonly seed: number;
  /** Whether the last norm of a residual block starts at 0. */
  readonly zeroInitialNorm: boolean;
  /** Path of a checkpoint. */
  readonly path?: string;
}

/** Reads or draws the weights; close them after use. */
export async function startWeights(
  { graph, pathways }: Model<Pathways, 'scores'>,
  { seed, zeroInitialNorm, path }: StartOptions,
): Promise<StartWeights> {
  if (path === undefined) {
    const draw = zeroInitialNorm ? initialWeights : plainInitialWeights;
    return { weights: draw(graph, { seed }) };
  }
  const names = Object.keys(pathways);
  const { store } = await loadCheckpoint(await fileSource(path), {
    ...(names.length === 1 ? { pathway: names[0]! } : { headOrder: names }),
  });
  const fineTuning = fineTuneWeights(graph, store, { seed });
  return { weights: fineTuning.weights, fineTuning };
}

/** What became of a checkpoint, as lines of text. */
export function fineTuningText(
  { kept, fresh, unused }: FineTuneWeights,
  path: string,
): readonly string[] {
  return [
    `${path}: ${kept.length} parameters kept, ${fresh.length} new, ${unused.length} not used`,
    ...fresh.map(({ name, reason }) => `  new: ${name} (${reason})`),
  ];
}
