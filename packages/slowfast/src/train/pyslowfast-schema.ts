/**
 * @file The entries of a PySlowFast configuration that a training run or a test follows, with PySlowFast's own defaults
 * (`slowfast/config/defaults.py`). Entries that are not here are not carried over.
 */
import * as v from 'valibot';
import {
  BOUNDS,
  colourDeviations,
  colourMeans,
  frameCount,
  frameRate,
  frameStride,
  schemaParts,
  share,
  side,
  valueText,
  viewCounts,
  type Data,
} from '@slowfast/core';

const { flag, listOf, numberFrom, oneOf, openObject, pairOf, positive, text, whole } = schemaParts;

const many = (standard: number) => v.optional(whole(1, 1_000_000), standard);
const atLeastZero = (standard: number) => v.optional(numberFrom(0, Number.MAX_VALUE), standard);
const yes = (standard: boolean) => v.optional(flag, standard);
const path = v.optional(v.string('a path'), '');
const stages = listOf(listOf(v.unknown(), BOUNDS.pathways), 16);

/** The factors that are followed. */
const cycle = (...factors: readonly number[]) =>
  v.exactOptional(
    v.pipe(
      listOf(v.unknown(), 16),
      v.check((value) => {
        const own = value.flat();
        return (
          own.length === factors.length &&
          factors.every((factor, i) => Math.abs(factor - Number(own[i])) < 1e-3)
        );
      }, "PySlowFast's own factors"),
    ),
  );

/** By section and key. */
const SECTIONS = {
  TRAIN: {
    DATASET: v.optional(text(BOUNDS.name), 'kinetics'),
    BATCH_SIZE: many(64),
    EVAL_PERIOD: many(10),
    CHECKPOINT_PERIOD: many(10),
    CHECKPOINT_FILE_PATH: path,
  },
  TEST: {
    DATASET: v.optional(text(BOUNDS.name), 'kinetics'),
    NUM_ENSEMBLE_VIEWS: v.optional(viewCounts.clips, 10),
    NUM_SPATIAL_CROPS: v.optional(viewCounts.crops, 3),
    CHECKPOINT_FILE_PATH: path,
  },
  DATA: {
    PATH_TO_DATA_DIR: path,
    PATH_PREFIX: path,
    NUM_FRAMES: v.optional(frameCount, 8),
    SAMPLING_RATE: v.optional(frameStride, 8),
    TARGET_FPS: v.optional(frameRate, 30),
    TRAIN_CROP_SIZE: v.optional(side, 224),
    TRAIN_JITTER_SCALES: v.optional(pairOf(side, 'two sides'), [256, 320]),
    TRAIN_JITTER_ASPECT_RELATIVE: v.optional(listOf(positive, 2), []),
    INV_UNIFORM_SAMPLE: yes(false),
    RANDOM_FLIP: yes(true),
    MEAN: v.optional(colourMeans, [0.45, 0.45, 0.45]),
    STD: v.optional(colourDeviations, [0.225, 0.225, 0.225]),
    MULTI_LABEL: yes(false),
    ENSEMBLE_METHOD: v.optional(oneOf('sum', 'max'), 'sum'),
    REVERSE_INPUT_CHANNEL: yes(false),
  },
  MODEL: {
    ARCH: v.optional(text(BOUNDS.name), 'slowfast'),
    MODEL_NAME: v.optional(text(BOUNDS.name), 'SlowFast'),
    LOSS_FUNC: v.optional(oneOf('cross_entropy', 'bce', 'bce_logit'), 'cross_entropy'),
    DROPOUT_RATE: v.optional(share, 0.5),
    DETACH_FINAL_FC: yes(false),
  },
  RESNET: {
    DEPTH: v.optional(v.picklist([18, 34, 50, 101, 152], 'a depth that there is'), 50),
    WIDTH_PER_GROUP: v.optional(whole(1, BOUNDS.width), 64),
    ZERO_INIT_FINAL_BN: yes(false),
    TRANS_FUNC: v.optional(
      oneOf('bottleneck_transform', 'basic_transform', 'x3d_transform'),
      'bottleneck_transform',
    ),
    NUM_BLOCK_TEMP_KERNEL: v.optional(stages, []),
  },
  X3D: {
    WIDTH_FACTOR: v.optional(positive, 1),
    DEPTH_FACTOR: v.optional(positive, 1),
    BOTTLENECK_FACTOR: v.optional(positive, 1),
    DIM_C1: many(12),
    DIM_C5: many(2048),
    SCALE_RES2: yes(false),
    BN_LIN5: yes(false),
    CHANNELWISE_3x3x3: yes(true),
  },
  NONLOCAL: {
    LOCATION: v.optional(stages, []),
    POOL: v.optional(stages, []),
    INSTANTIATION: v.optional(oneOf('dot_product', 'softmax'), 'dot_product'),
  },
  SLOWFAST: {
    ALPHA: v.optional(frameCount, 8),
    BETA_INV: v.optional(whole(1, BOUNDS.width), 8),
    FUSION_CONV_CHANNEL_RATIO: v.optional(v.literal(2, '2, which is what is built'), 2),
    FUSION_KERNEL_SZ: v.optional(whole(1, BOUNDS.kernel), 5),
  },
  BN: { USE_PRECISE_STATS: yes(false), NUM_BATCHES_PRECISE: many(200) },
  SOLVER: {
    BASE_LR: v.optional(positive, 0.1),
    LR_POLICY: v.optional(oneOf('cosine', 'steps_with_relative_lrs'), 'cosine'),
    COSINE_END_LR: atLeastZero(0),
    STEPS: v.optional(listOf(numberFrom(0, 1_000_000), 1024), []),
    LRS: v.optional(listOf(positive, 1024), []),
    MAX_EPOCH: many(300),
    MOMENTUM: v.optional(share, 0.9),
    NESTEROV: yes(true),
    WEIGHT_DECAY: atLeastZero(1e-4),
    WARMUP_EPOCHS: atLeastZero(0),
    WARMUP_START_LR: atLeastZero(0.01),
    OPTIMIZING_METHOD: v.optional(oneOf('sgd', 'adamw'), 'sgd'),
    GAMMA: v.optional(positive, 0.1),
    BETAS: v.optional(pairOf(share, 'two numbers from 0 to below 1'), [0.9, 0.999]),
  },
  MULTIGRID: {
    LONG_CYCLE: yes(false),
    SHORT_CYCLE: yes(false),
    EPOCH_FACTOR: v.optional(positive, 1.5),
    BN_BASE_SIZE: many(8),
    LONG_CYCLE_FACTORS: cycle(0.25, Math.SQRT1_2, 0.5, Math.SQRT1_2, 0.5, 1, 1, 1),
    SHORT_CYCLE_FACTORS: cycle(0.5, Math.SQRT1_2),
  },
  MIXUP: { ENABLE: yes(false), ALPHA: v.optional(positive, 0.8) },
  DETECTION: { ENABLE: v.optional(v.literal(false, 'false: detectors are not trained'), false) },
} as const;

/** A section that may be left out, or be empty. */
const section = <const F extends v.ObjectEntries>(fields: F) =>
  v.optional(
    v.pipe(
      v.unknown(),
      v.transform((part) => part ?? {}),
      openObject(fields),
    ),
    {},
  );

/** What stands in no section. */
const SINGLE = {
  NUM_GPUS: v.optional(whole(0, 1024), 1),
  RNG_SEED: v.optional(whole(0, Number.MAX_SAFE_INTEGER), 1),
  OUTPUT_DIR: v.optional(v.string('a path'), '.'),
} as const;

type Sections = { [K in keyof typeof SECTIONS]: ReturnType<typeof section<(typeof SECTIONS)[K]>> };

/** The entries that are followed. */
export const pySlowFastSchema = openObject({
  ...(Object.fromEntries(
    Object.entries(SECTIONS).map(([name, fields]) => [name, section(fields as v.ObjectEntries)]),
  ) as Sections),
  ...SINGLE,
});

/** The entries that say what is tested: the list and the checkpoint. */
export const pySlowFastTestSchema = openObject({
  TEST: section({ CHECKPOINT_FILE_PATH: path, DATASET: v.optional(text(BOUNDS.name), 'kinetics') }),
  TRAIN: section({ CHECKPOINT_FILE_PATH: path }),
  DATA: section({ PATH_TO_DATA_DIR: path, PATH_PREFIX: path }),
});

/** A configuration of PySlowFast with its defaults filled in. */
export type PySlowFastEntries = Data<typeof pySlowFastSchema>;

/** Entries that ask for nothing where they are as `readPySlowFastConfig` checks them. */
const CHECKED: readonly string[] = [
  ...['RESNET.NUM_GROUPS', 'RESNET.STRIDE_1X1', 'RESNET.SPATIAL_STRIDES'],
  ...['MULTIGRID.DEFAULT_B', 'MULTIGRID.DEFAULT_T', 'MULTIGRID.DEFAULT_S'],
  ...[
    'MULTIGRID.LONG_CYCLE_SAMPLING_RATE',
    'RESNET.SPATIAL_DILATIONS',
    'NONLOCAL.GROUP',
    'DATA.USE_OFFSET_SAMPLING',
  ],
];

const FOLLOWED: ReadonlySet<string> = new Set([
  ...Object.entries(SECTIONS).flatMap(([name, fields]) =>
    Object.keys(fields).map((key) => `${name}.${key}`),
  ),
  ...Object.keys(SINGLE),
  ...CHECKED,
]);

/** Whether a configuration is PySlowFast's: its keys are in capitals. */
export function isPySlowFast(root: unknown): root is PySlowFastRoot {
  if (typeof root !== 'object' || root === null || Array.isArray(root)) return false;
  const keys = Object.keys(root);
  return keys.length > 0 && keys.every((key) => /^[A-Z][A-Z0-9_]*$/.test(key));
}

/** A configuration as it was read. */
export type PySlowFastRoot = Readonly<Record<string, unknown>>;

/** Entries that are not carried over, `TRAIN.AUTO_RESUME true`. */
export function otherEntries(
  root: PySlowFastRoot,
  isFollowed = (name: string): boolean => FOLLOWED.has(name),
): readonly string[] {
  return Object.entries(root)
    .flatMap(([name, part]) =>
      typeof part === 'object' && part !== null && !Array.isArray(part)
        ? Object.entries(part).map(([key, value]) => [`${name}.${key}`, value] as const)
        : [[name, part] as const],
    )
    .filter(([name]) => !isFollowed(name))
    .map(([name, value]) => `${name.slice(0, 80)} ${valueText(value)}`);
}
