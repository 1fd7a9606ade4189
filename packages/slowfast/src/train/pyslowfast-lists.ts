/** @file The lists of a PySlowFast configuration, as the loader of its data set reads them, and what that decides of clips. */
import { join, resolve } from 'node:path';
import { SpecError } from '@slowfast/core';
import { DATASETS } from '@slowfast/models';
import type { TrainingConfig } from '@slowfast/training';
import { isThere } from '../files/is-there.js';
import type { PySlowFastEntries } from './pyslowfast-schema.js';

/** The part of a recipe that says where clips come from, and what it leaves out. */
export interface CarriedLists {
  readonly data: Partial<TrainingConfig['data']> & Pick<TrainingConfig['data'], 'train' | 'fps'>;
  readonly left: readonly string[];
}

/** What {@link Loader}s read lists with. */
interface Folder {
  /** The path of a file in `DATA.PATH_TO_DATA_DIR`. */
  at(file: string): string;
  /** Those of some files that are there. */
  existing(...files: readonly string[]): Promise<readonly string[]>;
}

type Loader = (entries: PySlowFastEntries, folder: Folder) => Promise<CarriedLists>;

/** `path label` lists: `train.csv`, and `val.csv` or else `test.csv`. */
const videos: Loader = async ({ DATA }, { at, existing }) => {
  const [test, ...others] = await existing('val.csv', 'test.csv');
  return {
    data: {
      ...{ train: at('train.csv'), fps: DATA.TARGET_FPS },
      ...(test === undefined ? {} : { test: at(test) }),
    },
    left: [
      ...others.map((other) => `${at(other)}, since ${test} is what the run is tested on`),
      ...(DATA.REVERSE_INPUT_CHANNEL ? ['DATA.REVERSE_INPUT_CHANNEL true (colours are RGB)'] : []),
    ],
  };
};

/** Frame lists with the classes of each picture. */
const charades: Loader = async (entries, folder) => {
  const { data } = await videos(entries, folder);
  // The loader counts pictures; those of the data set are 24 a second.
  return {
    data: { ...data, format: 'charades', fps: DATASETS.charades.fps! },
    left: coloursOf(entries),
  };
};

/** Classes by name, frame lists, and a frame of each of equal parts of the video. */
const somethingSomething: Loader = async (entries, { at, existing }) => {
  const [test] = await existing('something-something-v2-validation.json');
  return {
    data: {
      ...{ train: at('something-something-v2-train.json'), pictures: at('train.csv') },
      ...(test === undefined ? {} : { test: at(test), testPictures: at('val.csv') }),
      labels: at('something-something-v2-labels.json'),
      ...{ format: 'something-something', segments: true, fps: entries.DATA.TARGET_FPS },
    },
    left: coloursOf(entries),
  };
};

/** The loaders of pictures have BGR from OpenCV (or turn RGB into it), and the flag makes RGB of it. */
const coloursOf = ({ DATA }: PySlowFastEntries): readonly string[] =>
  DATA.REVERSE_INPUT_CHANNEL ? [] : ['DATA.REVERSE_INPUT_CHANNEL false (colours are RGB, not BGR)'];

/** By `TRAIN.DATASET`; those of PyTorchVideo read the same files. */
const LOADERS: Readonly<Record<string, Loader>> = {
  kinetics: videos,
  charades,
  ssv2: somethingSomething,
};

/** The lists of a configuration. Throws {@link SpecError} for a data set whose loader reads what is not read. */
export async function pySlowFastLists(
  entries: PySlowFastEntries,
  site: string,
): Promise<CarriedLists> {
  const { DATA, TRAIN } = entries;
  const name = TRAIN.DATASET.toLowerCase().replace(/^ptv/, '');
  const loader = Object.hasOwn(LOADERS, name) ? LOADERS[name] : undefined;
  if (!loader) {
    throw new SpecError({
      site: `${site}: TRAIN.DATASET`,
      expected: `${Object.keys(LOADERS).join(', ')}, or one of these with ptv before it`,
      received: TRAIN.DATASET,
      remedy: 'Write a recipe with data.train and data.format',
    });
  }
  if (DATA.PATH_TO_DATA_DIR === '') {
    throw new SpecError({
      site: `${site}: DATA.PATH_TO_DATA_DIR`,
      expected: 'the folder of train.csv and val.csv',
      received: 'nothing',
      remedy: 'Add it to the file, or after it: DATA.PATH_TO_DATA_DIR folder',
    });
  }
  const at = (file: string): string => resolve(join(DATA.PATH_TO_DATA_DIR, file));
  const existing: Folder['existing'] = async (...files) => {
    const there = await Promise.all(files.map((file) => isThere(at(file))));
    return files.filter((_, i) => there[i]);
  };
  const { data, left } = await loader(entries, { at, existing });
  return { data: { ...data, prefix: resolve(DATA.PATH_PREFIX) }, left };
}
