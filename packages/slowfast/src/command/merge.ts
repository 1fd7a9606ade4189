/** @file `slowfast merge RESULTS...`: what the shards of a run come to together. */
import { AVA_RUN, mergeAva } from '../shards/ava-run.js';
import { mergeEvaluation, summaryObject } from '../shards/evaluation-run.js';
import { listedLine } from '../shards/listed-results.js';
import { findRun, type Completeness, type FoundRun } from '../shards/merge.js';
import { orderedRun } from '../shards/ordered-outcomes.js';
import { avaExit, avaText } from './ava-text.js';
import type { Request } from './declaration.js';
import { metricsText } from './evaluation-text.js';
import { EXIT, videosOutcome } from './exit.js';
import { printableName } from './printable.js';
import type { Terminal } from './terminal.js';

interface MergeFlags {
  readonly run?: string;
  readonly json?: boolean;
}

/** Names that a person is told of each kind; --json has all. */
const NAMES = 20;

/** Prints what one run over the whole list prints: a summary, or the lines of `detect`; nothing of a part of it. */
export async function merge({ args, flags, terminal }: Request<MergeFlags>): Promise<number> {
  const run = await findRun(args, flags.run);
  const printed = await (PRINTS[run.command] ?? listed)(run, flags, terminal);
  if (typeof printed === 'number') return printed;
  report(printed, run.rows, flags, terminal);
  return EXIT.failure;
}

/** Prints a run that is whole and gives the exit code, or tells what is missing and double. */
type Print = (
  run: FoundRun,
  flags: MergeFlags,
  terminal: Terminal,
) => Promise<number | Completeness>;

const PRINTS: Readonly<Record<string, Print | undefined>> = {
  evaluate: evaluation,
  [AVA_RUN]: avaEvaluation,
};

const isWhole = ({ missing, double }: Completeness): boolean =>
  missing.length + double.length === 0;

async function evaluation(run: FoundRun, { json }: MergeFlags, terminal: Terminal) {
  const { summary, ...completeness } = await mergeEvaluation(run, terminal.signal);
  if (!isWhole(completeness)) return completeness;
  const { about, metrics, broken } = summary;
  terminal.out(
    json
      ? `${JSON.stringify(summaryObject(summary))}\n`
      : metricsText(metrics, about.labels ?? undefined, broken),
  );
  return broken > 0 || !metrics ? EXIT.failure : EXIT.success;
}

async function avaEvaluation(run: FoundRun, { json }: MergeFlags, terminal: Terminal) {
  const { summary, ...completeness } = await mergeAva(run, terminal.signal);
  if (!summary) return completeness;
  terminal.out(await avaText(summary, json));
  return avaExit(summary);
}

/** The lines of a run of another command. */
async function listed(run: FoundRun, _: MergeFlags, terminal: Terminal) {
  const { outcomes, ...completeness } = await orderedRun(run, terminal.signal);
  if (!isWhole(completeness)) return completeness;
  let broken = 0;
  for await (const outcome of outcomes(terminal.signal)) {
    if (outcome.error) broken += 1;
    terminal.out(listedLine(outcome));
  }
  return videosOutcome(terminal, broken, run.rows);
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
