/** @file The configuration of a training run as plain data: data, model, training, evaluation. */
import * as v from 'valibot';
import {
  anyCrops,
  checkArguments,
  BOUNDS,
  inputFields,
  lossKind,
  multigridKind,
  networkFields,
  readData,
  readYaml,
  schemaParts,
  share,
  SKELETON_PARTS,
  viewCounts,
  type Data,
} from '@slowfast/core';

const { flag, listOf, numberFrom, object, oneOf, pairOf, positive, recordOf, text, whole } =
  schemaParts;

/** Clips of a batch, steps that are summed, and all else that is a matter of memory or time. */
const many = whole(1, 1_000_000);
const fromZero = whole(0, 1_000_000);
const atLeastZero = numberFrom(0, Number.MAX_VALUE);
const positives = pairOf(positive, 'two positive numbers');
const parts = listOf(text(BOUNDS.name), 1024);

/** A number with its unit, decimal as disks and `ulimit` count. */
const MEMORY = /^\d+(\.\d+)? ?(GB|MB)$/;

/** The bytes of a size that the schema lets through: `8GB`. */
export function bytesOf(size: string): number {
  checkArguments('bytesOf', { size: [size, 'string'] });
  return Number.parseFloat(size) * (size.endsWith('GB') ? 1e9 : 1e6);
}

const DATA = v.pipe(
  object({
    train: text(),
    test: v.exactOptional(text()),
    format: v.exactOptional(
      oneOf('path-label', 'kinetics', 'charades', 'charades-csv', 'something-something'),
    ),
    prefix: v.exactOptional(text()),
    pictures: v.exactOptional(text()),
    testPictures: v.exactOptional(text()),
    pattern: v.exactOptional(text()),
    labels: v.exactOptional(text()),
    ...inputFields,
    scale: v.exactOptional(pairOf(numberFrom(1, 64), 'two factors of at least 1')),
    inverseScale: v.exactOptional(flag),
    ratio: v.exactOptional(positives),
    speed: v.exactOptional(positives),
    flip: v.optional(flag, true),
    colour: v.exactOptional(
      object({
        brightness: v.exactOptional(share),
        contrast: v.exactOptional(share),
        saturation: v.exactOptional(share),
      }),
    ),
    store: v.optional(oneOf('full', 'scaled'), 'scaled'),
    workers: v.exactOptional(whole(0, 1024)),
    prefetch: v.exactOptional(whole(0, 1024)),
    cacheMegabytes: v.optional(fromZero, 1024),
  }),
  v.check(({ frames, size, input }) => {
    const [height, width] = typeof size === 'number' ? [size, size] : size;
    const channels = input === undefined ? 3 : SKELETON_PARTS;
    return channels * frames * height * width <= BOUNDS.clipNumbers;
  }, `clips of at most ${BOUNDS.clipNumbers} numbers`),
);

const MODEL = object({
  ...networkFields,
  zeroInitialNorm: v.optional(flag, true),
  weights: v.exactOptional(text()),
  freeze: v.exactOptional(
    v.union([text(), parts], "'backbone', 'before' and a stage, or a list of parts"),
  ),
  freezeBatchNorm: v.exactOptional(v.union([flag, parts], 'true, false or a list of parts')),
});

const OPTIMIZER = object({
  kind: v.optional(oneOf('sgd', 'adamw'), 'sgd'),
  momentum: v.exactOptional(share),
  nesterov: v.exactOptional(flag),
  betas: v.exactOptional(pairOf(share, 'two numbers from 0 to below 1')),
  epsilon: v.exactOptional(positive),
  weightDecay: v.exactOptional(atLeastZero),
});

const SCHEDULE = object({
  kind: v.exactOptional(oneOf('cosine', 'step', 'constant')),
  lr: positive,
  finalLr: v.exactOptional(atLeastZero),
  warmupEpochs: v.exactOptional(atLeastZero),
  warmupLr: v.exactOptional(atLeastZero),
  steps: v.exactOptional(listOf(atLeastZero, 1024)),
  factor: v.exactOptional(positive),
  rates: v.exactOptional(listOf(positive, 1025)),
});

const LOSS = object({
  kind: v.exactOptional(lossKind),
  labelSmoothing: v.exactOptional(share),
});

const TRAIN = object({
  epochs: many,
  batch: whole(1, 65_536),
  accumulate: v.exactOptional(whole(1, 65_536)),
  shares: v.exactOptional(whole(1, 1024)),
  schedule: SCHEDULE,
  optimizer: v.exactOptional(OPTIMIZER),
  loss: v.exactOptional(LOSS),
  clipGradients: v.exactOptional(positive),
  mixup: v.exactOptional(positive),
  dropPathway: v.exactOptional(share),
  ema: v.exactOptional(share),
  preciseBatchNorm: v.exactOptional(fromZero),
  multigrid: v.exactOptional(multigridKind),
  epochFactor: v.exactOptional(positive),
  memory: v.exactOptional(v.pipe(text(32), v.regex(MEMORY, 'a size such as 8GB or 512MB'))),
  probe: v.exactOptional(whole(1, 10_000)),
  probeMegabytes: v.exactOptional(many),
  layerDecay: v.exactOptional(positive),
  rates: v.exactOptional(recordOf(positive, 1024, 'factors by the names of parts')),
});

const EVALUATE = object({
  every: v.exactOptional(many),
  clips: v.optional(viewCounts.clips, 1),
  crops: v.optional(anyCrops, 1),
  finalClips: v.optional(viewCounts.clips, 10),
  finalCrops: v.exactOptional(anyCrops),
});

const CHECKPOINT = object({
  epochs: v.exactOptional(many),
  steps: v.optional(
    v.union([many, v.literal('auto')], 'a whole number of at least 1, or auto'),
    'auto',
  ),
  keep: v.optional(whole(1, 1024), 2),
});

/** The schema of {@link TrainingConfig}. */
export const trainingConfigSchema = object({
  name: text(BOUNDS.name),
  output: text(),
  seed: v.optional(whole(0, Number.MAX_SAFE_INTEGER), 0),
  backend: v.optional(
    oneOf(
      'auto',
      'onnxruntime-node',
      'tfjs-node-gpu',
      'tfjs-node',
      'webgpu',
      'webgl',
      'wasm',
      'cpu',
    ),
    'auto',
  ),
  data: DATA,
  model: MODEL,
  train: TRAIN,
  evaluate: v.exactOptional(EVALUATE),
  checkpoint: v.exactOptional(CHECKPOINT),
});

/** A training run as plain data; every section is documented in the guide. */
export type TrainingConfig = Data<typeof trainingConfigSchema>;

/**
 * Reads a configuration from JSON or YAML (JSON is YAML) of at most 64 KiB. Rejects with `SpecError` that
 * names the key of what is wrong: `train.schedule.lr: expected a positive number, received "fast".`
 */
export async function parseTrainingConfig(source: string, name?: string): Promise<TrainingConfig> {
  checkArguments('parseTrainingConfig', { source: [source, 'string'] });
  const origin = name === undefined ? {} : { site: name };
  return readData(trainingConfigSchema, await readYaml(source, origin), origin);
}
