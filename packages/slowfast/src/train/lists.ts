/** @file The lists that a training configuration names, with their classes. */
import { fileText, SpecError } from '@slowfast/core';
import type { TrainingConfig } from '@slowfast/training';
import {
  checkLabels,
  parseClassNames,
  readClipList,
  type ClipList,
  type ReadListOptions,
} from '@slowfast/video';
import { defined } from '../defined.js';
import { annotationFiles, type AnnotationFiles } from '../pose/annotation-file.js';
import { isAnnotationPath } from '../pose/skeleton-file.js';

/** Lists of clips with what is known of their classes. */
export interface Lists {
  readonly train: ClipList;
  readonly test?: ClipList;
  readonly classes: number;
  readonly labels?: readonly string[];
  /** What has the clips of skeletons that are no files of their own. */
  readonly annotations: AnnotationFiles;
}

/**
 * Reads the lists of a configuration; `from` makes its paths absolute. Throws {@link SpecError} for a list that
 * cannot be read, and classes that the labels or the loss do not fit.
 */
export async function readLists(
  { data, train }: TrainingConfig,
  from: (file: string) => string,
): Promise<Lists> {
  const { format, pattern, pictures, testPictures } = data;
  const isMulti = train.loss?.kind === 'binary-cross-entropy';
  const names =
    data.labels === undefined
      ? undefined
      : parseClassNames(await fileText(from(data.labels)), from(data.labels));
  const options = {
    ...(isMulti ? { labels: 'multi' as const } : {}),
    ...defined({ format, pattern, classes: names }),
    ...(data.prefix === undefined ? {} : { prefix: from(data.prefix) }),
  };
  const annotations = annotationFiles();
  const read = (file: string, more: ReadListOptions): Promise<ClipList> =>
    data.input !== undefined && isAnnotationPath(file)
      ? annotations.list(from(file))
      : readClipList(from(file), more);
  const trainList = await read(data.train, {
    ...options,
    ...(pictures === undefined ? {} : { pictures: from(pictures) }),
  });
  if (trainList.multiLabel && !isMulti) {
    throw new SpecError({
      site: 'train.loss.kind',
      expected: `binary-cross-entropy, since clips of ${trainList.name} have several classes or none`,
      received: 'cross-entropy',
    });
  }
  const test =
    data.test === undefined
      ? undefined
      : await read(data.test, {
          ...options,
          ...defined({ classes: trainList.classes }),
          ...(testPictures === undefined ? {} : { pictures: from(testPictures) }),
        });
  const labels = names ?? trainList.classes;
  const all = [...trainList.clips, ...(test?.clips ?? [])].flatMap((clip) => clip.labels);
  const classes = labels?.length ?? all.reduce((most, label) => Math.max(most, label), 0) + 1;
  for (const list of [trainList, ...(test ? [test] : [])]) checkLabels(list, classes);
  return {
    train: trainList,
    ...{ classes, annotations },
    ...defined({ test, labels }),
  };
}
