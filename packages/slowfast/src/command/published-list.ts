/** @file `slowfast models --published`: the index of published weights. */
import { publishedCheckpoints, SHORT_NAMES, type PublishedCheckpoint } from '@slowfast/models';
import { defined } from '../defined.js';
import { textTable } from './table.js';
import type { Terminal } from './terminal.js';
import { EXIT } from './usage-error.js';

/** Which rows are printed, and how. */
export interface PublishedFlags {
  readonly dataset?: string;
  readonly minTop1?: number;
  readonly json?: boolean;
}

/** Prints the rows; as text, those that a network here reads. */
export async function publishedList(
  { dataset, minTop1, json }: PublishedFlags,
  terminal: Terminal,
): Promise<number> {
  const all = await publishedCheckpoints(defined({ dataset, minTop1 }));
  terminal.out(json ? all.map((row) => `${JSON.stringify(row)}\n`).join('') : listText(all));
  return EXIT.success;
}

function listText(all: readonly PublishedCheckpoint[]): string {
  const readable = all.filter(({ network }) => network);
  const short = new Map<string, string>(
    Object.entries(SHORT_NAMES).map(([name, id]) => [id, name]),
  );
  const rows = readable.map(({ id, dataset, accuracy, metric, network }) => [
    id,
    short.get(id) ?? '',
    dataset,
    accuracy === undefined ? '' : `${accuracy} ${metric}`,
    network!.model,
  ]);
  const others = all.length - readable.length;
  return (
    (rows.length === 0
      ? ''
      : textTable(['name', 'short', 'data set', 'published', 'model'], rows, new Set())) +
    `${readable.length} by name, for \`slowfast pull\` and --weights` +
    (others === 0 ? '' : `; ${others} more that no network here reads: --json says why`) +
    '. Figures are their publishers\u2019; licences: docs/published-weights.md.\n'
  );
}
