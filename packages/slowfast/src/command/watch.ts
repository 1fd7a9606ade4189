/** @file `slowfast watch SOURCE`: what is going on, again and again, while frames arrive. */
import { defined } from '../defined.js';
import { EXIT } from './exit.js';
import type { Request } from './declaration.js';
import { printableName } from './printable.js';
import { type ModelFlags } from './model-options.js';
import { labelsOf, untrainedWarning } from '../model/labels.js';
import { observe, type Observation } from '../live/observe.js';
import { compileFlagged, type RuntimeFlags } from './compile.js';

interface WatchFlags extends ModelFlags, RuntimeFlags {
  readonly every: number;
  readonly queue: number;
  readonly top: number;
  readonly format?: string;
  readonly timeout: number;
  readonly allowProtocols?: readonly string[];
  readonly fast?: boolean;
  readonly labels?: string;
  readonly json?: boolean;
}

/** Classifies while frames arrive. */
export async function watch({
  args: [source],
  flags,
  terminal,
}: Request<WatchFlags>): Promise<number> {
  const { model: compiled, notes } = await compileFlagged(flags, terminal);
  await using model = compiled;
  const labels = await labelsOf(model, flags.labels);
  for (const text of [...notes, ...untrainedWarning(model)]) {
    terminal.err(`warning: ${text}\n`);
  }
  const { every, queue, top, format, timeout, allowProtocols: protocols, fast: isFast } = flags;
  let drops = 0;
  for await (const observation of observe(source!, {
    ...{ model, every, queue, top, timeout, signal: terminal.signal },
    ...defined({ labels, format, protocols }),
    pace: isFast ? 'decoded' : 'played',
  })) {
    drops = observation.drops;
    terminal.out(flags.json ? `${JSON.stringify(observation)}\n` : textOf(observation));
  }
  if (drops > 0) terminal.err(`${drops} frames were dropped\n`);
  return EXIT.success;
}

function textOf({ time, predictions, latency, drops }: Observation): string {
  const best = predictions.map(
    ({ label, score }) => `${printableName(label)} ${(100 * score).toFixed(1)} %`,
  );
  const dropped = drops > 0 ? `, ${drops} dropped` : '';
  return `${time.toFixed(1)} s  ${best.join('  ')}  (${latency} ms${dropped})\n`;
}
