/** @file `slowfast cache [list|clear]`: what was fetched or made, and is kept. */
import { cachedPeopleModel, clearPeopleModel } from '../detect/pull-people-model.js';
import { clearArranged, listArranged } from '../model/arranged-models.js';
import { cacheFolder } from '../published/cache-folder.js';
import { cachedWeights, clearWeights } from '../published/cached-weights.js';
import type { Request } from './declaration.js';
import { printableName } from './printable.js';
import { textTable } from './table.js';
import { EXIT } from './usage-error.js';

/** Lists the cache, or clears it; the lock file stays. */
export async function cache({
  args: [action = 'list'],
  flags,
  terminal,
}: Request<{ readonly json?: boolean }>): Promise<number> {
  const entries = await (action === 'clear'
    ? all(clearWeights, clearArranged, clearPeopleModel)
    : cacheEntries());
  const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  if (flags.json) {
    terminal.out(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
  } else if (action === 'clear') {
    terminal.out(`${entries.length} cleared, ${mebibytes(bytes)} MiB, from ${cacheFolder()}\n`);
  } else {
    terminal.out(`${listOf(entries)}${mebibytes(bytes)} MiB in ${cacheFolder()}\n`);
  }
  return EXIT.success;
}

/** One entry of the cache. */
export interface CacheEntry {
  /** Weights that were fetched, a model as it is arranged for this processor, or the detector of people. */
  readonly kind: 'weights' | 'model' | 'detector';
  readonly id: string;
  readonly folder: string;
  readonly bytes: number;
  readonly isWhole: boolean;
}

/** All that the cache holds. */
export const cacheEntries = (): Promise<readonly CacheEntry[]> =>
  all(cachedWeights, listArranged, cachedPeopleModel);

async function all(
  weights: typeof cachedWeights,
  models: typeof listArranged,
  people: typeof cachedPeopleModel,
): Promise<readonly CacheEntry[]> {
  const fetched = await weights();
  return [
    ...fetched.map((entry) => ({ kind: 'weights' as const, ...entry })),
    ...(await models()).map(({ model: id, folder, bytes }) => ({
      ...{ kind: 'model' as const, id, folder, bytes },
      isWhole: true,
    })),
    ...(await people()).map((entry) => ({ kind: 'detector' as const, ...entry })),
  ];
}

const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);

function listOf(entries: readonly CacheEntry[]): string {
  if (entries.length === 0) return '';
  const rows = entries.map(({ id, kind, bytes, isWhole }) => [
    printableName(id),
    kind === 'model' ? 'arranged' : kind,
    mebibytes(bytes),
    isWhole ? '' : 'not finished',
  ]);
  return textTable(['name', 'what', 'MiB', ''], rows, new Set(['MiB']));
}
