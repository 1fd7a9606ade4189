/** @file `slowfast watch SOURCE`: what is going on, again and again, while frames arrive. */
import { defined } from '../defined.js';
import { EXIT, UsageError } from './exit.js';
import type { AddCommand } from './main.js';
import {
  DEFAULT_MODEL,
  addVariantOptions,
  addWeightOptions,
  wholeNumber,
  type ModelFlags,
} from './model-options.js';
import { labelsOf, untrainedWarning } from '../model/labels.js';
import { observe, type Observation } from '../live/observe.js';
import { addRuntimeOptions, compileFlagged, type RuntimeFlags } from './compile.js';

interface WatchFlags extends ModelFlags, RuntimeFlags {
  readonly every: number;
  readonly queue: number;
  readonly top: number;
  readonly format?: string;
  readonly fast?: boolean;
  readonly labels?: string;
  readonly json?: boolean;
}

/** Adds `watch`. */
export const addWatch: AddCommand = (program, run) => {
  const command = program
    .command('watch')
    .description('classify a stream, camera or file while it plays, every so many seconds')
    .argument('<source>', 'a file, a URL, or a device that ffmpeg knows')
    .option(
      '--model <name>',
      `a name that \`slowfast models\` lists, or an .onnx file (default: ${DEFAULT_MODEL})`,
    );
  addRuntimeOptions(addWeightOptions(addVariantOptions(command)))
    .option('--every <seconds>', 'from prediction to prediction', seconds, 1)
    .option(
      '--queue <frames>',
      'frames that wait at most; then the oldest is dropped',
      wholeNumber,
      64,
    )
    .option('--top <n>', 'classes to print', wholeNumber, 3)
    .option('--format <name>', "ffmpeg's name of the device: v4l2, avfoundation, dshow")
    .option('--fast', 'take a file as fast as it decodes, without drops, instead of as it plays')
    .option(
      '--labels <file>',
      'a file of class names (one a line, CSV, JSON), or the name of a data set',
    )
    .option('--json', 'print one JSON object a prediction, one a line')
    .action((source: string, flags: WatchFlags) =>
      run(async (terminal) => {
        if (flags.top < 1) throw new UsageError('--top: expected a number of at least 1');
        if (flags.queue < 1) throw new UsageError('--queue: expected a number of at least 1');
        const { model: compiled, notes } = await compileFlagged(flags, terminal);
        await using model = compiled;
        const labels = await labelsOf(model, flags.labels);
        for (const text of [...notes, ...untrainedWarning(model)]) {
          terminal.err(`warning: ${text}\n`);
        }
        const { every, queue, top, format, fast: isFast } = flags;
        let drops = 0;
        for await (const observation of observe(source, {
          ...{ model, every, queue, top, signal: terminal.signal },
          ...defined({ labels, format }),
          pace: isFast ? 'decoded' : 'played',
        })) {
          drops = observation.drops;
          terminal.out(flags.json ? `${JSON.stringify(observation)}\n` : textOf(observation));
        }
        if (drops > 0) terminal.err(`${drops} frames were dropped\n`);
        return EXIT.success;
      }),
    );
};

function textOf({ time, predictions, latency, drops }: Observation): string {
  const best = predictions.map(({ label, score }) => `${label} ${(100 * score).toFixed(1)} %`);
  const dropped = drops > 0 ? `, ${drops} dropped` : '';
  return `${time.toFixed(1)} s  ${best.join('  ')}  (${latency} ms${dropped})\n`;
}

function seconds(text: string): number {
  const value = Number(text);
  if (value >= 0.01 && value <= 3600) return value;
  throw new UsageError(`expected seconds from 0.01 to 3600, received '${text}'`);
}
