/** @file A network for PySlowFast: its configuration as YAML, its weights as `.pyth` under PySlowFast's names. */
import {
  checkArguments,
  SpecError,
  writeFileAtomic,
  writeTextAtomic,
  type Preprocessing,
  type WeightStore,
} from '@slowfast/core';
import { toZooName, zooLayout } from '@slowfast/checkpoints';
import { torchCheckpoint } from '../archive/checkpoint.js';
import type { Pickled } from '../archive/pickle.js';
import type { NamedGraph } from '../network/model-file.js';
import { makeOutputFolder } from '../output-folder.js';
import type { ProgramTraining } from '../training.js';
import { networkEntries, type ConfigSections } from './network.js';

/** A network with what PySlowFast's configuration says beside its structure. */
export interface PySlowFastModel {
  readonly model: NamedGraph;
  readonly preprocessing: Preprocessing;
  /** The order in which the classifier reads the pathways. */
  readonly headOrder: readonly string[];
  readonly training?: Pick<ProgramTraining, 'train' | 'data'>;
}

/**
 * The configuration with which PySlowFast builds a network, as its YAML. Throws {@link SpecError} for a network that
 * PySlowFast has not.
 */
export function pySlowFastConfig(described: PySlowFastModel): string {
  checkArguments('pySlowFastConfig', { model: [described, 'object'] });

  const { model, preprocessing, headOrder } = described;
  const entries = networkEntries(model.name, model.graph);
  if (
    headOrder.join() !==
    Object.keys(model.graph.inputs)
      .filter((name) => name !== 'boxes')
      .join()
  ) {
    throw new SpecError({
      site: `${model.name} in PySlowFast`,
      expected: 'a classifier that reads slow, then fast',
      received: headOrder.join(', then '),
    });
  }
  const { DETECTION, MODEL, ...rest } = entries;
  const score = scoreOf(described);
  const sections: ConfigSections = {
    TRAIN: {
      ENABLE: true,
      DATASET: DETECTION ? 'ava' : 'kinetics',
      BATCH_SIZE: 64,
      EVAL_PERIOD: 5,
      CHECKPOINT_PERIOD: 1,
      AUTO_RESUME: true,
    },
    DATA: dataEntries(described),
    MODEL: {
      ...MODEL,
      HEAD_ACT: score,
      LOSS_FUNC: score === 'sigmoid' ? (DETECTION ? 'bce' : 'bce_logit') : 'cross_entropy',
    },
    ...rest,
    ...(DETECTION ? { DETECTION, AVA: { BGR: preprocessing.channelOrder === 'bgr' } } : {}),
    ...multigridEntries(described),
    BN: { USE_PRECISE_STATS: false, NUM_BATCHES_PRECISE: 200 },
    SOLVER: solverEntries(described),
    TEST: {
      ENABLE: true,
      DATASET: DETECTION ? 'ava' : 'kinetics',
      BATCH_SIZE: 8,
      NUM_ENSEMBLE_VIEWS: preprocessing.views.clips,
      NUM_SPATIAL_CROPS: preprocessing.views.crops,
    },
    DATA_LOADER: { NUM_WORKERS: 8, PIN_MEMORY: true },
  };
  const train = described.training?.train as { readonly batch?: number } | undefined;
  if (train?.batch !== undefined) sections['TRAIN']!['BATCH_SIZE'] = train.batch;
  const lines = Object.entries(sections).flatMap(([section, values]) => [
    `${section}:`,
    ...Object.entries(values)
      .filter(([, value]) => value !== undefined)
      .map(
        ([key, value]) =>
          `  ${key}: ${yamlValue(value)}${FLOATS.has(key) && Number.isInteger(value) ? '.0' : ''}`,
      ),
  ]);
  return `${[...lines, 'NUM_GPUS: 8', 'NUM_SHARDS: 1', 'RNG_SEED: 0', 'OUTPUT_DIR: .'].join('\n')}\n`;
}

/** Entries that yacs takes with a point only. */
const FLOATS = new Set(
  'EPOCH_FACTOR GAMMA BASE_LR COSINE_END_LR MOMENTUM WEIGHT_DECAY WARMUP_EPOCHS WARMUP_START_LR DROPOUT_RATE'.split(
    ' ',
  ),
);

/** JSON is YAML, but PyYAML wants a dot in numbers with an exponent. */
const yamlValue = (value: unknown): string =>
  typeof value === 'string' && /^[\w.]+$/.test(value)
    ? value
    : JSON.stringify(value)
        .replace(/(?<=[[,\s]|^)(-?\d+)e/g, '$1.0e')
        .replaceAll(',', ', ');

/**
 * Writes `NAME.yaml` and `NAME.pyth` into a folder, and gives their names. Throws {@link SpecError} for a network that
 * PySlowFast has not.
 */
export async function writePySlowFast(
  folder: string,
  described: PySlowFastModel,
  weights: WeightStore,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  checkArguments('writePySlowFast', { folder: [folder, 'string'], model: [described, 'object'] });

  const { model } = described;
  const { join } = await import(/* webpackIgnore: true */ /* @vite-ignore */ 'node:path');
  const config = pySlowFastConfig(described);
  const layout = {
    ...zooLayout('slowfast', model.graph.params.keys()),
    ...(model.graph.inputs['boxes'] ? { head: 'detection' as const } : {}),
  };
  const nameOf = (name: string): string => {
    const stored = toZooName('pyslowfast', name, layout);
    if (stored !== undefined) return stored;
    throw new SpecError({
      site: name,
      expected: 'a part that PySlowFast has',
      received: 'another',
    });
  };
  const names = [`${model.name}.yaml`, `${model.name}.pyth`] as const;
  await makeOutputFolder(folder);
  const entries = new Map<string, Pickled>([['cfg', config]]);
  await writeFileAtomic(
    join(folder, names[1]),
    async (sink) => {
      for await (const chunk of torchCheckpoint(weights, { nameOf, entries }))
        await sink.write(chunk);
    },
    signal,
  );
  await writeTextAtomic(join(folder, names[0]), config);
  return names;
}

function scoreOf({ model, preprocessing }: PySlowFastModel): string {
  const isSigmoid = model.graph.nodes.some(
    (node) => node.op === 'activation' && node.attrs.fn === 'sigmoid',
  );
  return isSigmoid || preprocessing.activation === 'sigmoid' ? 'sigmoid' : 'softmax';
}

function dataEntries({ model, preprocessing, training }: PySlowFastModel): Record<string, unknown> {
  const { clip, crop, mean, std, channelOrder, stretch } = preprocessing;
  if (stretch || clip.segments) {
    throw new SpecError({
      site: `${model.name} in PySlowFast`,
      expected: 'clips of square crops',
      received: stretch ? 'frames stretched to the input' : 'frames of equal parts of a video',
    });
  }
  const window = model.graph.nodes.find(
    (node) => node.op === 'avg_pool3d' && node.name.startsWith('head.'),
  );
  const trained = window?.op === 'avg_pool3d' ? 32 * window.attrs.kernel[1] : crop;
  const channels = Object.values(model.graph.inputs)
    .filter(({ type }) => type.shape.length === 5)
    .map(({ type }) => type.shape[1]);
  const [least = 256 / 224, most = 320 / 224] = training?.data.scale ?? [];
  return {
    NUM_FRAMES: clip.frames,
    SAMPLING_RATE: clip.stride,
    TARGET_FPS: clip.fps,
    TRAIN_JITTER_SCALES: [Math.round(trained * least), Math.round(trained * most)],
    TRAIN_CROP_SIZE: trained,
    TEST_CROP_SIZE: crop,
    INPUT_CHANNEL_NUM: channels,
    MEAN: mean,
    STD: std,
    REVERSE_INPUT_CHANNEL: channelOrder === 'bgr',
  };
}

function multigridEntries({ training }: PySlowFastModel): ConfigSections {
  const { multigrid, epochFactor = 1.5 }: Recipe = training?.train ?? {};
  if (multigrid === undefined) return {};
  return {
    MULTIGRID: {
      LONG_CYCLE: multigrid !== 'short',
      SHORT_CYCLE: multigrid !== 'long',
      EPOCH_FACTOR: epochFactor,
    },
  };
}

function stepEntries({ kind, steps = [], factor = 0.1, rates }: NonNullable<Recipe['schedule']>) {
  const own = kind === 'step' ? steps : [];
  return {
    LR_POLICY: 'steps_with_relative_lrs',
    STEPS: [0, ...own],
    // To as many digits as a power of the factor is exact.
    LRS: [0, ...own].map((_, i) => rates?.[i] ?? Number((factor ** i).toPrecision(12))),
    GAMMA: factor,
  };
}

interface Recipe {
  readonly epochs?: number;
  readonly schedule?: {
    readonly kind?: string;
    readonly lr: number;
    readonly finalLr?: number;
    readonly warmupEpochs?: number;
    readonly warmupLr?: number;
    readonly steps?: readonly number[];
    readonly factor?: number;
    readonly rates?: readonly number[];
  };
  readonly multigrid?: string;
  readonly epochFactor?: number;
  readonly optimizer?: {
    readonly kind?: string;
    readonly momentum?: number;
    readonly nesterov?: boolean;
    readonly weightDecay?: number;
  };
}

function solverEntries({ training }: PySlowFastModel): Record<string, unknown> {
  const { epochs = 196, schedule, optimizer = {} }: Recipe = training?.train ?? {};
  const { lr = 0.1, finalLr = 0, warmupEpochs = 0, warmupLr = lr / 100 } = schedule ?? {};
  const { kind = 'sgd', momentum = 0.9, nesterov = false, weightDecay = 1e-4 } = optimizer;
  return {
    BASE_LR: lr,
    ...(schedule?.kind === 'step' || schedule?.kind === 'constant'
      ? stepEntries(schedule)
      : { LR_POLICY: 'cosine', COSINE_END_LR: finalLr }),
    MAX_EPOCH: epochs,
    MOMENTUM: momentum,
    NESTEROV: nesterov,
    WEIGHT_DECAY: weightDecay,
    WARMUP_EPOCHS: warmupEpochs,
    WARMUP_START_LR: warmupLr,
    OPTIMIZING_METHOD: kind,
  };
}
