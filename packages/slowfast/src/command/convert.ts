/** @file `slowfast convert CHECKPOINT -o weights.safetensors`: any zoo's checkpoint to safetensors. */
import { checkedStore, writeSafetensors } from '@slowfast/core';
import { describeWeights, type LoadedModel } from '@slowfast/checkpoints';
import { writeFileAtomic } from '@slowfast/core';
import { EXIT } from './exit.js';
import type { Request } from './declaration.js';
import { modelOptions, type ModelFlags } from './model-options.js';
import { openModel } from '../model/open-model.js';
import type { Terminal } from './terminal.js';

interface ConvertFlags extends Omit<ModelFlags, 'weights' | 'seed'> {
  readonly output: string;
  readonly precision: 'float32' | 'float16';
  readonly json?: boolean;
}

/** Converts a checkpoint. */
export async function convert({
  args: [checkpoint],
  flags,
  terminal,
}: Request<ConvertFlags>): Promise<number> {
  const loaded = await openModel(modelOptions({ ...flags, weights: checkpoint! }));
  try {
    await write(loaded, flags.output, flags.precision, terminal);
    terminal.out(
      flags.json
        ? `${JSON.stringify(report(loaded, checkpoint!, flags))}\n`
        : reportText(loaded, checkpoint!, flags),
    );
  } finally {
    await loaded.weights.close?.();
  }
  return EXIT.success;
}

async function write(
  loaded: LoadedModel,
  output: string,
  dtype: 'float32' | 'float16',
  terminal: Terminal,
): Promise<void> {
  const { signal } = terminal;
  await writeFileAtomic(
    output,
    (sink) =>
      writeSafetensors(checkedStore(loaded.entry.model.graph, loaded.weights), {
        sink,
        dtype,
        metadata: { format: 'pt', ...loaded.fileMetadata },
        signal,
      }),
    signal,
  );
}

function report(loaded: LoadedModel, checkpoint: string, flags: ConvertFlags) {
  const { entry, checkpoint: source, notes } = loaded;
  return {
    checkpoint,
    output: flags.output,
    container: source?.container,
    zoo: source?.zoo,
    model: entry.name,
    options: loaded.options,
    inferred: source?.inferred,
    epoch: source?.epoch,
    ignored: source?.ignored.length ?? 0,
    preprocessing: loaded.metadata.preprocessing,
    notes,
  };
}

function reportText(loaded: LoadedModel, checkpoint: string, flags: ConvertFlags): string {
  const { entry, checkpoint: source, metadata, notes } = loaded;
  const { preprocessing } = metadata;
  const lines = [
    `${checkpoint}: ${source!.container} checkpoint of ${source!.zoo}` +
      (source!.epoch === undefined ? '' : `, epoch ${source!.epoch}`),
    `model    ${entry.name} (${entry.title})${entry.zoo === undefined ? '' : `, ${entry.zoo} variant`}`,
    ...describeWeights(source!.inferred).map((line) => `weights  ${line}`),
    `preprocessing   ${preprocessing.clip.frames} frames x ${preprocessing.clip.stride}, ${preprocessing.sampling} sampling, ` +
      `${preprocessing.channelOrder}, crop ${preprocessing.crop}, mean ${preprocessing.mean.join(' ')}, std ${preprocessing.std.join(' ')}`,
    ...(source!.ignored.length === 0 ? [] : [`ignored  ${ignoredText(source!.ignored)}`]),
    ...notes.map((note) => `note     ${note}.`),
    `written  ${flags.output}`,
  ];
  return `${lines.join('\n')}\n`;
}

function ignoredText(ignored: readonly string[]): string {
  const shown = ignored.slice(0, 3).join(', ');
  return ignored.length > 3 ? `${shown}, and ${ignored.length - 3} more` : shown;
}
