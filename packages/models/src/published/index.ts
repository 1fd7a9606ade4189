/** @file The index of published checkpoints: found by name, data set and accuracy. Loaded when it is asked for. */
import { checkArguments, nearestNames, SpecError } from '@slowfast/core';
import { DATASETS, type Dataset } from '../datasets.js';
import type { PublishedCheckpoint } from './checkpoint.js';

/** Which checkpoints {@link publishedCheckpoints} lists; all without any. */
export interface PublishedFilter {
  /** A data set of the catalog, or the publisher's name for one (`K700`), in any case. */
  readonly dataset?: string;
  /** The least published figure, in percent: top-1, or the mean average precision where that is the metric. */
  readonly minTop1?: number;
  /** Who publishes: the part of the id before the slash. */
  readonly zoo?: string;
}

/**
 * Names for the best SlowFast or Slow network of each data set with labels in a known order: the highest published figure among those that are
 * current and checked against a list of parameters; for `kinetics600`, which has none of these, among all.
 */
export const SHORT_NAMES = {
  kinetics400: 'pytorchvideo/slowfast-16x8-r101-50-50',
  kinetics600: 'mmaction2-0.x/slowonly-r50-video-8x8x1-256e-kinetics600-rgb-20201015-81e5153e',
  ssv2: 'pyslowfast/slowfast-16x8-r50-multigrid-ssv2',
  charades: 'pyslowfast/slowfast-16x8-r50-charades',
  ava: 'pyslowfast/slowfast-64x2-r101-50-50',
} as const;

/** The publishers' names of the data sets of the catalog, in lower case. */
const TITLES: Readonly<Record<Dataset, RegExp>> = {
  kinetics400: /^k(?:inetics-?)?400$/,
  kinetics600: /^k(?:inetics-?)?600$/,
  'something-something-v2': /^(?:ssv2|something-something-v2)$/,
  charades: /^charades$/,
  ava: /^ava(?: v2\.[12]|-kinetics v2\.2)?$/,
};

async function rows(): Promise<readonly PublishedCheckpoint[]> {
  return (await import('./rows.js')).ROWS;
}

/** The checkpoints of the index that a filter lets through, in its order. */
export async function publishedCheckpoints(
  filter: PublishedFilter = {},
): Promise<readonly PublishedCheckpoint[]> {
  checkArguments('publishedCheckpoints', { filter: [filter, 'object'] });
  const { dataset, minTop1, zoo } = filter;
  return (await rows()).filter(
    (row) =>
      (dataset === undefined || isOf(row, dataset.toLowerCase())) &&
      (minTop1 === undefined || (row.accuracy ?? -1) >= minTop1) &&
      (zoo === undefined || publisherOf(row) === zoo),
  );
}

const publisherOf = ({ id }: PublishedCheckpoint): string => id.slice(0, id.indexOf('/'));

function isOf(row: PublishedCheckpoint, dataset: string): boolean {
  const theirs = row.dataset.toLowerCase();
  if (theirs === dataset) return true;
  return Object.values(TITLES).some((title) => title.test(theirs) && title.test(dataset));
}

/** Whether a text has the form of a checkpoint's name: a short one, or `publisher/name` with a known publisher. */
export async function isPublishedName(text: string): Promise<boolean> {
  checkArguments('isPublishedName', { text: [text, 'string'] });
  if (Object.hasOwn(SHORT_NAMES, text)) return true;
  return (await rows()).some((row) => text.startsWith(`${publisherOf(row)}/`));
}

/** A checkpoint by its id or short name. Rejects with {@link SpecError}, which names the nearest, for an unknown one. */
export async function publishedCheckpoint(id: string): Promise<PublishedCheckpoint> {
  checkArguments('publishedCheckpoint', { id: [id, 'string'] });
  const full = Object.hasOwn(SHORT_NAMES, id) ? SHORT_NAMES[id as keyof typeof SHORT_NAMES] : id;
  const all = await rows();
  const entry = all.find((row) => row.id === full);
  if (entry) return entry;
  const names = [...Object.keys(SHORT_NAMES), ...all.map((row) => row.id)];
  throw new SpecError({
    site: 'published weights',
    expected: `one of ${names.length} names`,
    received: `'${id}'`,
    remedy: `The nearest are ${nearestNames(id, names).join(', ')}; \`slowfast models --published\` lists all`,
  });
}

/** The data set of the catalog whose labels a checkpoint has, in a known order; nothing for any other. */
export function labelledDataset(checkpoint: PublishedCheckpoint): Dataset | undefined {
  checkArguments('labelledDataset', { checkpoint: [checkpoint, 'object'] });
  const { network } = checkpoint;
  if (!network || network.options.classes !== undefined) return undefined;
  const { dataset } = network.options;
  return dataset !== undefined && Object.hasOwn(DATASETS, dataset) ? dataset : undefined;
}
