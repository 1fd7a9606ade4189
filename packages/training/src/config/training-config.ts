/** @file The recipe of a training run as plain data: data, model, training, evaluation. */
import { SpecError } from '@slowfast/core';
import { parse } from 'yaml';
import {
  atLeastZero,
  either,
  flag,
  list,
  number,
  object,
  oneOf,
  optional,
  pair,
  positive,
  share,
  text,
  triple,
  whole,
  type Read,
} from './schema.js';

const SIDES = either('a whole number of pixels, or height and width', whole(1), pair(whole(1)));

const DATA = object({
  train: text,
  test: optional(text),
  format: optional(oneOf('path-label', 'kinetics', 'charades')),
  prefix: optional(text),
  pattern: optional(text),
  labels: optional(text),
  frames: whole(1),
  stride: whole(1),
  fps: optional(positive, 30),
  size: SIDES,
  aspect: optional(oneOf('keep', 'stretch'), 'keep'),
  scale: optional(pair(number('a factor of at least 1', (value) => value >= 1))),
  inverseScale: optional(flag),
  ratio: optional(pair(positive)),
  speed: optional(pair(positive)),
  flip: optional(flag, true),
  colour: optional(
    object({
      brightness: optional(share),
      contrast: optional(share),
      saturation: optional(share),
    }),
  ),
  mean: optional(triple(number())),
  std: optional(triple(positive)),
  store: optional(oneOf('full', 'scaled'), 'scaled'),
  workers: optional(whole(0)),
  prefetch: optional(whole(0)),
  cacheMegabytes: optional(whole(0), 1024),
});

const LATERAL = oneOf('t-conv', 't-sample', 'ttoc-concat', 'ttoc-sum', 'none');

const DEPTH = number('one of 18, 34, 50, 101, 152', (value) =>
  [18, 34, 50, 101, 152].includes(value),
);

const MODEL = object({
  /** A model of the catalog; without one the network is composed of what follows. */
  name: optional(text),
  kind: optional(oneOf('slowfast', 'slow', 'fast')),
  depth: optional(DEPTH),
  width: optional(whole(1)),
  alpha: optional(whole(1)),
  beta: optional(positive),
  lateral: optional(LATERAL),
  lateralKernel: optional(whole(1)),
  dropout: optional(share),
  zeroInitialNorm: optional(flag, true),
  weights: optional(text),
  frozen: optional(list(text)),
  freezeBatchNorm: optional(either('true, false or a list of parts', flag, list(text))),
});

const OPTIMIZER = object({
  kind: optional(oneOf('sgd', 'adamw'), 'sgd'),
  momentum: optional(share),
  nesterov: optional(flag),
  betas: optional(pair(share)),
  epsilon: optional(positive),
  weightDecay: optional(atLeastZero),
});

const SCHEDULE = object({
  kind: optional(oneOf('cosine', 'step', 'constant')),
  lr: positive,
  finalLr: optional(atLeastZero),
  warmupEpochs: optional(atLeastZero),
  warmupLr: optional(atLeastZero),
  steps: optional(list(atLeastZero)),
  factor: optional(positive),
});

const LOSS = object({
  kind: optional(oneOf('cross-entropy', 'binary-cross-entropy')),
  labelSmoothing: optional(share),
});

const TRAIN = object({
  epochs: whole(1),
  batch: whole(1),
  accumulate: optional(whole(1)),
  schedule: SCHEDULE,
  optimizer: optional(OPTIMIZER),
  loss: optional(LOSS),
  clipGradients: optional(positive),
  mixup: optional(positive),
  ema: optional(share),
  preciseBatchNorm: optional(whole(0)),
});

const EVALUATE = object({
  every: optional(whole(1)),
  clips: optional(whole(1), 1),
  crops: optional(whole(1), 1),
  finalClips: optional(whole(1), 10),
  finalCrops: optional(whole(1), 1),
});

const CHECKPOINT = object({
  epochs: optional(whole(1)),
  steps: optional(
    either('a whole number of at least 1, or auto', whole(1), oneOf('auto')),
    'auto' as const,
  ),
  keep: optional(whole(1), 2),
});

const CONFIG = object({
  name: text,
  output: text,
  seed: optional(whole(0), 0),
  backend: optional(
    oneOf('auto', 'tfjs-node-gpu', 'tfjs-node', 'webgpu', 'webgl', 'wasm', 'cpu'),
    'auto' as const,
  ),
  data: DATA,
  model: MODEL,
  train: TRAIN,
  evaluate: optional(EVALUATE),
  checkpoint: optional(CHECKPOINT),
});

/** A training run as plain data; every section is documented in the guide. */
export type TrainingConfig = Read<typeof CONFIG>;

/**
 * Reads a recipe from JSON or YAML (JSON is YAML). Throws {@link SpecError} that names the key of what is
 * wrong: `train.schedule.lr: expected a positive number, received "fast".`
 */
export function parseTrainingConfig(source: string, name = 'config'): TrainingConfig {
  let data: unknown;
  try {
    data = parse(source);
  } catch (cause) {
    throw new SpecError({
      site: name,
      expected: 'JSON or YAML',
      received: (cause as Error).message.split('\n')[0]!.replace(/:$/, ''),
      cause,
    });
  }
  return CONFIG(data, '');
}
