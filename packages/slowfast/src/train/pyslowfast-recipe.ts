/** @file A training recipe from a configuration of PySlowFast, and what of it is not carried over. */
import { resolve } from 'node:path';
import { readData, SpecError } from '@slowfast/core';
import { readPySlowFastConfig } from '@slowfast/checkpoints';
import { trainingConfigSchema, type TrainingConfig } from '@slowfast/training';
import { pySlowFastLists } from './pyslowfast-lists.js';
import { pySlowFastModel } from './pyslowfast-model.js';
import {
  otherEntries,
  pySlowFastSchema,
  type PySlowFastEntries,
  type PySlowFastRoot,
} from './pyslowfast-schema.js';

/** A recipe and the entries that it leaves out. */
export interface CarriedRecipe {
  readonly config: TrainingConfig;
  /** What is not carried over, `TRAIN.AUTO_RESUME true`, each with its value. */
  readonly notCarriedOver: readonly string[];
}

/**
 * The recipe that does what PySlowFast does for a configuration; paths in it are relative to the working directory, as
 * PySlowFast's are. `name` names the model. Rejects with SpecError for entries that ask for what is not built.
 */
export async function pySlowFastRecipe(
  root: PySlowFastRoot,
  name: string,
  site: string,
): Promise<CarriedRecipe> {
  const entries = readData(pySlowFastSchema, root, { site });
  // What neither shapes nor names of weights show is checked as in their files.
  await readPySlowFastConfig(JSON.stringify(root));
  const rest = [...otherEntries(root)];
  const { DATA, BN, MIXUP, NUM_GPUS, RNG_SEED, OUTPUT_DIR, TRAIN, TEST, RESNET } = entries;
  const lists = await pySlowFastLists(entries, site);
  const model = pySlowFastModel(entries, site);
  rest.push(...lists.left, ...model.left);
  const { DATASET, CHECKPOINT_FILE_PATH: tested } = TEST;
  if (DATASET !== TRAIN.DATASET) rest.push(`TEST.DATASET ${DATASET}`);
  const { LONG_CYCLE, SHORT_CYCLE, EPOCH_FACTOR, BN_BASE_SIZE } = entries.MULTIGRID;
  const own = perDevice(TRAIN.BATCH_SIZE, NUM_GPUS, site);
  if (LONG_CYCLE && own !== BN_BASE_SIZE) {
    rest.push(`MULTIGRID.BN_BASE_SIZE ${BN_BASE_SIZE} (statistics are those of ${own} clips)`);
  }
  if (entries.MODEL.DETACH_FINAL_FC) {
    rest.push('MODEL.DETACH_FINAL_FC true (what is not trained keeps the statistics of its norms)');
  }
  const combination = isMulti(entries) ? 'max' : 'sum';
  if (DATA.ENSEMBLE_METHOD !== combination) {
    rest.push(`DATA.ENSEMBLE_METHOD ${DATA.ENSEMBLE_METHOD} (it is the ${combination})`);
  }
  if (tested !== '') rest.push(`TEST.CHECKPOINT_FILE_PATH ${tested}`);
  const crop = DATA.TRAIN_CROP_SIZE;
  const [least, most] = DATA.TRAIN_JITTER_SCALES;
  const [narrow, wide] = DATA.TRAIN_JITTER_ASPECT_RELATIVE;
  const recipe = {
    name,
    // Files of a run in the working directory itself would be anywhere.
    output: resolve(OUTPUT_DIR === '.' ? name : OUTPUT_DIR),
    seed: RNG_SEED,
    data: {
      ...lists.data,
      ...{ frames: DATA.NUM_FRAMES, stride: DATA.SAMPLING_RATE },
      ...{ size: crop, mean: DATA.MEAN, std: DATA.STD, flip: DATA.RANDOM_FLIP },
      scale: [least / crop, most / crop],
      inverseScale: DATA.INV_UNIFORM_SAMPLE,
      ...(wide === undefined ? {} : { ratio: [narrow, wide] }),
    },
    model: {
      ...model.model,
      zeroInitialNorm: RESNET.ZERO_INIT_FINAL_BN,
      ...(entries.MODEL.DETACH_FINAL_FC ? { freeze: 'backbone' } : {}),
      ...(TRAIN.CHECKPOINT_FILE_PATH === ''
        ? {}
        : { weights: resolve(TRAIN.CHECKPOINT_FILE_PATH) }),
    },
    train: {
      epochs: entries.SOLVER.MAX_EPOCH,
      // Each GPU has its own batch norm; their gradients are summed.
      batch: own,
      accumulate: Math.max(1, NUM_GPUS),
      ...solverOf(entries, site),
      loss: { kind: isMulti(entries) ? 'binary-cross-entropy' : 'cross-entropy' },
      ...(BN.USE_PRECISE_STATS ? { preciseBatchNorm: BN.NUM_BATCHES_PRECISE } : {}),
      ...(LONG_CYCLE || SHORT_CYCLE
        ? {
            multigrid: LONG_CYCLE ? (SHORT_CYCLE ? 'both' : 'long') : 'short',
            epochFactor: EPOCH_FACTOR,
          }
        : {}),
      ...(MIXUP.ENABLE ? { mixup: MIXUP.ALPHA } : {}),
    },
    evaluate: {
      every: TRAIN.EVAL_PERIOD,
      finalClips: TEST.NUM_ENSEMBLE_VIEWS,
      finalCrops: TEST.NUM_SPATIAL_CROPS,
    },
    checkpoint: { epochs: TRAIN.CHECKPOINT_PERIOD },
  };
  return { config: readData(trainingConfigSchema, recipe, { site }), notCarriedOver: rest };
}

const isMulti = ({ MODEL, DATA }: PySlowFastEntries): boolean =>
  MODEL.LOSS_FUNC !== 'cross_entropy' || DATA.MULTI_LABEL;

function perDevice(batch: number, devices: number, site: string): number {
  const own = batch / Math.max(1, devices);
  if (Number.isInteger(own)) return own;
  throw new SpecError({
    site: `${site}: TRAIN.BATCH_SIZE`,
    expected: `a multiple of NUM_GPUS (${devices})`,
    received: `${batch}`,
  });
}

function solverOf({ SOLVER, MULTIGRID }: PySlowFastEntries, site: string) {
  const { OPTIMIZING_METHOD: kind, MOMENTUM: momentum, NESTEROV: nesterov } = SOLVER;
  return {
    optimizer: {
      ...{ kind, weightDecay: SOLVER.WEIGHT_DECAY },
      ...(kind === 'sgd' ? { momentum, nesterov } : { betas: SOLVER.BETAS }),
    },
    schedule: {
      lr: SOLVER.BASE_LR,
      warmupEpochs: SOLVER.WARMUP_EPOCHS,
      warmupLr: SOLVER.WARMUP_START_LR,
      ...(SOLVER.LR_POLICY === 'cosine'
        ? { kind: 'cosine', finalLr: SOLVER.COSINE_END_LR }
        : stepsOf(SOLVER, MULTIGRID.LONG_CYCLE, site)),
    },
  };
}

/** Rates relative to the base, each from its epoch on; there may be more of them. Long cycles have their own. */
function stepsOf(
  { STEPS, LRS, GAMMA }: PySlowFastEntries['SOLVER'],
  longCycle: boolean,
  site: string,
) {
  const [first, ...steps] = STEPS;
  if (first === 0 && longCycle) return { kind: 'step', steps, factor: GAMMA };
  if (first === 0 && STEPS.length <= LRS.length) {
    const rates = LRS.slice(0, STEPS.length);
    const factor = rates[1] ?? 1;
    const falls = rates.every((rate, i) => Math.abs(rate - factor ** i) <= 1e-6 * factor ** i);
    return { kind: 'step', steps, ...(falls ? { factor } : { rates }) };
  }
  throw new SpecError({
    site: `${site}: SOLVER.LRS`,
    expected: 'as many rates as STEPS, the first of which is 0',
    received: `[${LRS.join(', ')}] at epochs [${STEPS.join(', ')}]`,
  });
}
