import { readFileSync } from 'node:fs';
import { DATASETS } from '../datasets.js';
import {
  isPublishedName,
  labelledDataset,
  publishedCheckpoint,
  publishedCheckpoints,
  SHORT_NAMES,
} from './index.js';
import { publishedTable } from './table.js';

const all = await publishedCheckpoints();

it('has unique names and addresses of the web', () => {
  expect(new Set(all.map(({ id }) => id)).size).toBe(286);
  expect(all.filter(({ url }) => new URL(url).protocol !== 'https:').map(({ id }) => id)).toEqual(
    [],
  );
});

it('says of each checkpoint which network reads it, or why none does', () => {
  const both = all.filter(
    ({ network, reason }) => (network === undefined) === (reason === undefined),
  );
  expect(both).toEqual([]);
});

it('has hashes in hexadecimal digits', () => {
  const hashes = all.flatMap(({ sha256, sha1 }) => [sha256, sha1]).filter(Boolean);
  expect(hashes.length).toBeGreaterThan(150);
  expect(hashes.filter((hash) => !/^[0-9a-f]{8,64}$/.test(hash!))).toEqual([]);
});

// Pretrained on Kinetics-600 in an order of classes that was never published: labels would be plausible and wrong.
it('gives no labels where the order of classes is not known', () => {
  const unknown = all.filter(({ note }) => note?.includes('class order is not alphabetical'));
  expect(unknown).toHaveLength(4);
  expect(unknown.map(labelledDataset)).toEqual([undefined, undefined, undefined, undefined]);
});

it.each(Object.entries(SHORT_NAMES))('%s is the best with known labels', async (name, id) => {
  const chosen = await publishedCheckpoint(name);
  expect(chosen.id).toBe(id);
  const dataset = labelledDataset(chosen)!;
  expect(DATASETS[dataset]).toBeDefined();
  const labelled = all.filter(
    (row) => labelledDataset(row) === dataset && /^slow(?:fast)?$/.test(row.family),
  );
  const current = labelled.filter(({ status, keys }) => status === undefined && keys !== undefined);
  const others = current.length > 0 ? current : labelled;
  expect(chosen.accuracy).toBe(Math.max(...others.map(({ accuracy = 0 }) => accuracy)));
});

it('filters by data set in either naming, and by accuracy', async () => {
  const ids = async (dataset: string, minTop1?: number) =>
    (await publishedCheckpoints({ dataset, ...(minTop1 === undefined ? {} : { minTop1 }) })).map(
      ({ id }) => id,
    );
  expect(await ids('kinetics600')).toEqual(await ids('K600'));
  expect(await ids('Something-Something-V2', 63)).toEqual([
    'pyslowfast/slowfast-16x8-r50-ssv2',
    'pyslowfast/slowfast-16x8-r50-multigrid-ssv2',
  ]);
});

it('knows a name from a path', async () => {
  expect(await isPublishedName('kinetics400')).toBe(true);
  expect(await isPublishedName('pyslowfast/slowfast-8x8-r5')).toBe(true);
  expect(await isPublishedName('weights/slowfast.pyth')).toBe(false);
});

it('names the nearest of an unknown name', async () => {
  await expect(publishedCheckpoint('pyslowfast/slowfast-8x8-r55')).rejects.toThrow(
    "published weights: expected one of 291 names, received 'pyslowfast/slowfast-8x8-r55'. The nearest are pyslowfast/slowfast-8x8-r50",
  );
});

it('is the table in docs/', async () => {
  const file = new URL('../../../../docs/published-weights.md', import.meta.url);
  // The formatter pads the columns.
  const text = (markdown: string) => markdown.replace(/[ -]+/g, '').replaceAll('\\_', '_').trim();
  expect(text(readFileSync(file, 'utf8'))).toBe(text(await publishedTable()));
});
