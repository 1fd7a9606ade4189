/** @file `slowfast convert CHECKPOINT -o weights.safetensors`: any zoo's checkpoint to safetensors. */
import {
  checkedOptions,
  TRAINED_METADATA_KEY,
  describeWeights,
  type LoadedModel,
  type StoredOptions,
} from '@slowfast/checkpoints';
import { SpecError } from '@slowfast/core';
import { EXIT, UsageError } from './exit.js';
import type { Request } from './declaration.js';
import { modelOptions, type ModelFlags } from './model-options.js';
import { openModel } from '../model/open-model.js';
import { writeWeights } from '../model/write-weights.js';

interface ConvertFlags extends Omit<ModelFlags, 'weights' | 'seed'> {
  readonly output: string;
  readonly head?: 'initialised';
  readonly precision: 'float32' | 'float16';
  readonly json?: boolean;
  readonly set?: readonly (readonly [key: string, value: unknown])[];
}

/** Converts a checkpoint. */
export async function convert({
  args: [checkpoint],
  flags,
  terminal,
}: Request<ConvertFlags>): Promise<number> {
  const { head, set } = flags;
  const options = modelOptions({ ...flags, weights: checkpoint! }, terminal);
  const loaded = await openModel({ ...otherOptions(set), ...options, ...(head ? { head } : {}) });
  try {
    await writeWeights(loaded, flags.output, {
      dtype: flags.precision,
      metadata: loaded.metadata.trained ? {} : { [TRAINED_METADATA_KEY]: 'false' },
      signal: terminal.signal,
    });
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

/** The options that `--set` names. */
function otherOptions(set: ConvertFlags['set'] = []): StoredOptions {
  try {
    return checkedOptions(Object.fromEntries(set), '--set');
  } catch (error) {
    if (error instanceof SpecError) throw new UsageError(error.message);
    throw error;
  }
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
  const first = ignored.slice(0, 3).join(', ');
  return ignored.length > 3 ? `${first}, and ${ignored.length - 3} more` : first;
}
