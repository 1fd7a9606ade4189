/** @file `slowfast cache [list|clear]`: what was fetched and is kept. */
import { cacheFolder } from '../published/cache-folder.js';
import { cachedWeights, clearWeights, type CachedWeights } from '../published/cached-weights.js';
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
  const entries = action === 'clear' ? await clearWeights() : await cachedWeights();
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

const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);

function listOf(entries: readonly CachedWeights[]): string {
  if (entries.length === 0) return '';
  const rows = entries.map(({ id, bytes, isWhole }) => [
    printableName(id),
    mebibytes(bytes),
    isWhole ? '' : 'not finished',
  ]);
  return textTable(['name', 'MiB', ''], rows, new Set(['MiB']));
}
