/** @file Weights to start from: drawn anew, or of a checkpoint of any zoo with another classifier. */
import { initialWeights, type Model, type Pathways, type WeightStore } from '@slowfast/core';
import { ARCHITECTURES, isModelName, type Architecture } from '@slowfast/models';
import { fileSource } from '@slowfast/core';
import { loadCheckpoint, type LoadedCheckpoint } from '@slowfast/checkpoints';
import {
  fineTuneWeights,
  plainInitialWeights,
  type FineTuneWeights,
  type TrainingConfig,
} from '@slowfast/training';

/** Weights with what is to be said about them. */
export interface StartWeights {
  readonly weights: WeightStore;
  readonly fineTuning?: FineTuneWeights;
}

/** Opens the checkpoint that a training starts from. */
export async function openStart(
  model: TrainingConfig['model'],
  path: string,
): Promise<LoadedCheckpoint> {
  const pathway = onlyPathway(model);
  const options = pathway === undefined ? { headOrder: headOrderOf(model) } : { pathway };
  return loadCheckpoint(await fileSource(path), options);
}

const architectureOf = (name: string): Architecture | undefined =>
  isModelName(name) ? ARCHITECTURES[name] : undefined;

/** The pathway of a network that has one; its name in files does not tell. */
function onlyPathway({ name, kind }: TrainingConfig['model']): string | undefined {
  if (name === undefined) return kind === 'slow' || kind === 'fast' ? kind : undefined;
  const architecture = architectureOf(name);
  return architecture && 'pathway' in architecture ? architecture.pathway : undefined;
}

/** The order in which the classifier of a network of several reads them. */
function headOrderOf({ name, kind }: TrainingConfig['model']): readonly string[] {
  const what = name === undefined ? kind : architectureOf(name)?.kind;
  return what === 'audiovisual' ? ['slow', 'fast', 'audio'] : ['slow', 'fast'];
}

/** The configured network with the lateral kernel that the checkpoint has, unless the configuration says another. */
export function withCheckpoint(
  config: TrainingConfig,
  { inferred }: LoadedCheckpoint,
): TrainingConfig {
  const lateralKernel = config.model.lateralKernel ?? inferred.laterals[0]?.kernel;
  return lateralKernel === undefined
    ? config
    : { ...config, model: { ...config.model, lateralKernel } };
}

/** The weights that training starts from; close them after use. */
export function startWeights(
  { graph }: Model<Pathways, 'scores'>,
  { seed, model }: Pick<TrainingConfig, 'seed' | 'model'>,
  checkpoint: LoadedCheckpoint | undefined,
): StartWeights {
  if (checkpoint) {
    const fineTuning = fineTuneWeights(graph, checkpoint.store, { seed });
    return { weights: fineTuning.weights, fineTuning };
  }
  const draw = model.zeroInitialNorm ? initialWeights : plainInitialWeights;
  return { weights: draw(graph, { seed }) };
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
