/** @file `slowfast merge RESULTS...`: what the shards of a run come to together. */
import { mergeEvaluation, summaryObject } from '../shards/evaluation-run.js';
import { findRun, type Completeness } from '../shards/merge.js';
import type { Request } from './declaration.js';
import { metricsText } from './evaluation-text.js';
import { EXIT } from './exit.js';
import { printableName } from './printable.js';
import type { Terminal } from './terminal.js';

interface MergeFlags {
  readonly run?: string;
  readonly json?: boolean;
}

/** Names that a person is told of each kind; --json has all. */
const NAMES = 20;

/** Prints the summary of a whole run, and none of a part of it. */
export async function merge({ args, flags, terminal }: Request<MergeFlags>): Promise<number> {
  const run = await findRun(args, flags.run);
  const { summary, missing, double } = await mergeEvaluation(run, terminal.signal);
  if (missing.length > 0 || double.length > 0) {
    report({ missing, double }, run.rows, flags, terminal);
    return EXIT.failure;
  }
  const { about, metrics, broken } = summary;
  terminal.out(
    flags.json
      ? `${JSON.stringify(summaryObject(summary))}\n`
      : metricsText(metrics, about.labels ?? undefined, broken),
  );
  return broken > 0 || !metrics ? EXIT.failure : EXIT.success;
}

function report(
  { missing, double }: Completeness,
  rows: number,
  { json }: MergeFlags,
  terminal: Terminal,
): void {
  if (json) terminal.out(`${JSON.stringify({ incomplete: true, rows, missing, double })}\n`);
  for (const [kind, names] of Object.entries({ missing, double })) {
    for (const name of names.slice(0, NAMES)) terminal.err(`${kind}: ${printableName(name)}\n`);
    if (names.length > NAMES) terminal.err(`${kind}: ${names.length - NAMES} more\n`);
  }
  terminal.err(
    `error: ${missing.length} of ${rows} videos are missing, ${double.length} are there twice: no summary.\n`,
  );
}
