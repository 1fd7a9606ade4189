/** @file `slowfast ablate SPECIFICATION`: trains variants and compares them. */
import { mkdir } from 'node:fs/promises';
import { summarised } from '../ablate/comparison.js';
import { ablationTable, writeAblation } from '../ablate/report.js';
import { ablationState, runAblation, type AblationResult } from '../ablate/run-ablation.js';
import { readAblation } from '../ablate/specification.js';
import { defined } from '../defined.js';
import type { Request } from './declaration.js';
import { EXIT, UsageError } from './exit.js';
import { printableName } from './printable.js';
import { flaggedShard, type ShardFlags } from './shard.js';
import { trainingLine } from './training-line.js';

interface AblateFlags extends ShardFlags {
  readonly list?: boolean;
  readonly report?: boolean;
  readonly json?: boolean;
}

/** Trains what has no result yet. */
export async function ablate({
  args: [path],
  flags,
  terminal,
}: Request<AblateFlags>): Promise<number> {
  if (flags.list && flags.report) throw new UsageError('--list: leave out --report');
  const ablation = await readAblation(path!);
  const state = await ablationState(ablation);
  if (flags.list) {
    for (const { variant, fold, seed, result } of state) {
      const isDone = result !== undefined;
      const text = [isDone ? 'done' : 'to do', variant, fold, `seed ${seed}`].filter(Boolean);
      terminal.out(
        flags.json
          ? `${JSON.stringify({ variant, fold, seed, isDone })}\n`
          : `${text.map(printableName).join('  ')}\n`,
      );
    }
    return EXIT.success;
  }
  const shard = flaggedShard(flags, terminal);
  await mkdir(ablation.output, { recursive: true });
  const write = async (results: readonly AblationResult[]): Promise<void> => {
    await writeAblation(ablation.output, summarised(ablation, results, state.length));
  };
  const line = trainingLine(terminal);
  const results = flags.report
    ? state.flatMap(({ result }) => (result ? [result] : []))
    : await runAblation(ablation, {
        ...defined({ shard }),
        signal: terminal.signal,
        onRun: ({ variant, fold, seed }, done, total) => {
          line.end();
          const what = [variant, fold, `seed ${seed}`].filter(Boolean).map(printableName);
          terminal.err(`run ${done + 1} of ${total}: ${what.join(', ')}\n`);
        },
        onProgress: line.update,
        onWarning: (text) => terminal.err(`warning: ${text}\n`),
        onResults: write,
      }).finally(() => line.end());
  await write(results);
  const summary = summarised(ablation, results, state.length);
  terminal.out(flags.json ? `${JSON.stringify(summary)}\n` : ablationTable(summary));
  return EXIT.success;
}
