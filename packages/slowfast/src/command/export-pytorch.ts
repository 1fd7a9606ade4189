/** @file `slowfast export --pytorch FOLDER`: a model as a program that trains on a cluster; `--pyslowfast FOLDER`: for PySlowFast. */
import { writeProgram, writePySlowFast } from '@slowfast/pytorch';
import { defined } from '../defined.js';
import { untrainedWarning } from '../model/labels.js';
import { openModel } from '../model/open-model.js';
import {
  configuredProgram,
  modelProgram,
  type PlannedProgram,
} from '../pytorch/training-program.js';
import { EXIT, UsageError } from './exit.js';
import { modelOptions, type ModelFlags } from './model-options.js';
import type { Terminal } from './terminal.js';

/** What the options of the declaration parse to. */
export interface PyTorchFlags extends Omit<ModelFlags, 'model'> {
  readonly pytorch?: string;
  readonly pyslowfast?: string;
  readonly training?: string;
  readonly json?: boolean;
}

/** Writes the program, or what PySlowFast reads. */
export async function exportPyTorch(
  model: string | undefined,
  flags: PyTorchFlags,
  terminal: Terminal,
): Promise<number> {
  const { pytorch, pyslowfast, json } = flags;
  const folder = (pytorch ?? pyslowfast)!;
  const { program, headOrder, preprocessing, notes } = await plannedProgram(model, flags, terminal);
  const { signal } = terminal;
  try {
    const files =
      pytorch === undefined
        ? await writePySlowFast(
            folder,
            { ...program, headOrder, preprocessing },
            program.weights,
            signal,
          )
        : await writeProgram(folder, program, signal);
    terminal.out(
      json
        ? `${JSON.stringify({ model: program.model.name, folder, files })}\n`
        : `${program.model.name} → ${folder}: ${files.join(', ')}\n`,
    );
  } finally {
    await program.weights.close?.();
  }
  for (const note of pytorch === undefined ? [] : notes) terminal.err(`note: ${note}\n`);
  return EXIT.success;
}

async function plannedProgram(
  model: string | undefined,
  flags: PyTorchFlags,
  terminal: Terminal,
): Promise<PlannedProgram> {
  if (flags.training === undefined) {
    const loaded = await openModel(modelOptions({ ...flags, ...defined({ model }) }, terminal));
    for (const text of untrainedWarning(loaded)) terminal.err(`warning: ${text}\n`);
    return modelProgram(loaded);
  }
  if (model !== undefined || flags.weights !== undefined) {
    throw new UsageError(
      '--training: its configuration names the model and the weights, leave them out',
    );
  }
  return configuredProgram(flags.training, {
    onWarning: (text) => terminal.err(`warning: ${text}\n`),
    onNote: (text) => terminal.err(`${text}\n`),
  });
}
