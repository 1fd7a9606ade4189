/** @file What a configuration of PySlowFast says of a test: the list, the weights, and what is not carried over. */
import { join, resolve } from 'node:path';
import { fileText, readData, readYaml, SpecError } from '@slowfast/core';
import { defined } from '../defined.js';
import { isThere } from '../files/is-there.js';
import { isPySlowFast, otherEntries, pySlowFastTestSchema } from '../train/pyslowfast-schema.js';

/** A test; paths are absolute. */
export interface PySlowFastTest {
  /** `test.csv` of the folder of lists, or what its data set has. */
  readonly data?: string;
  /** The frame list with the pictures of that list. */
  readonly pictures?: string;
  /** The folder that paths in the list are relative to. */
  readonly prefix: string;
  /** The checkpoint to test, if one is named. */
  readonly weights?: string;
  /** Entries that decide something about a test and are not followed, each with its value. */
  readonly notCarriedOver: readonly string[];
}

/** What the weights show or `loadModel` reads, and what decides training alone. */
const ELSEWHERE = new Set([
  ...['MODEL', 'RESNET', 'NONLOCAL', 'SLOWFAST', 'MULTIGRID', 'DETECTION', 'AVA'],
  ...['TRAIN', 'SOLVER', 'BN', 'AUG', 'MIXUP', 'RNG_SEED', 'OUTPUT_DIR'],
]);

const FOLLOWED = new Set([
  ...['TEST.DATASET', 'TEST.NUM_ENSEMBLE_VIEWS', 'TEST.NUM_SPATIAL_CROPS'],
  ...['TEST.CHECKPOINT_FILE_PATH', 'DATA.PATH_TO_DATA_DIR', 'DATA.PATH_PREFIX'],
  ...['DATA.NUM_FRAMES', 'DATA.SAMPLING_RATE', 'DATA.TARGET_FPS', 'DATA.TEST_CROP_SIZE'],
  ...['DATA.TRAIN_CROP_SIZE', 'DATA.TRAIN_JITTER_SCALES', 'DATA.MEAN', 'DATA.STD'],
  ...['DATA.REVERSE_INPUT_CHANNEL', 'DATA.ENSEMBLE_METHOD', 'DATA.INPUT_CHANNEL_NUM'],
  ...['DATA.USE_OFFSET_SAMPLING'],
]);

/** The list that PySlowFast tests with, by its loaders; those of Kinetics have `test.csv`. */
const LISTS: Readonly<Record<string, string>> = {
  charades: 'val.csv',
  ssv2: 'something-something-v2-validation.json',
  ptvssv2: 'something-something-v2-validation.json',
};

/** The frame list beside one that has classes alone. */
const PICTURES: Readonly<Record<string, string>> = { ssv2: 'val.csv', ptvssv2: 'val.csv' };

/** Reads a configuration; paths in it are relative to the working directory, as PySlowFast's are. */
export async function pySlowFastTest(path: string): Promise<PySlowFastTest> {
  const root = await readYaml(await fileText(path), { site: path });
  if (!isPySlowFast(root)) {
    throw new SpecError({
      site: path,
      expected: 'a configuration of PySlowFast, with sections such as DATA and MODEL',
      received: 'another YAML file',
    });
  }
  const { DATA, TEST, TRAIN } = readData(pySlowFastTestSchema, root, { site: path });
  const dataset = TEST.DATASET.toLowerCase();
  const at = async (name: string | undefined): Promise<string | undefined> => {
    const file = resolve(join(DATA.PATH_TO_DATA_DIR, name ?? ''));
    const isNamed = name !== undefined && DATA.PATH_TO_DATA_DIR !== '';
    return isNamed && (await isThere(file)) ? file : undefined;
  };
  const data = await at(LISTS[dataset] ?? 'test.csv');
  const pictures = data === undefined ? undefined : await at(PICTURES[dataset]);
  const weights = TEST.CHECKPOINT_FILE_PATH || TRAIN.CHECKPOINT_FILE_PATH;
  return {
    ...defined({ data, pictures }),
    prefix: resolve(DATA.PATH_PREFIX),
    ...(weights === '' ? {} : { weights: resolve(weights) }),
    notCarriedOver: otherEntries(
      root,
      (name) => FOLLOWED.has(name) || ELSEWHERE.has(name.split('.')[0]!),
    ),
  };
}
