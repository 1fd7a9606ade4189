/** @file From flags to a model that runs. */
import type { RunnableModel } from '@slowfast/core';
import type { LoadedModel } from '@slowfast/checkpoints';
import type { OnnxBackendChoice, OnnxProvider, TuningOptions } from '@slowfast/runtime-onnx';
import { defined } from '../defined.js';
import {
  compileModel,
  isOnnxFile,
  type CompileOptions,
  type ReadyModel,
} from '../model/compile-model.js';
import { usefulThreads } from '../machine/processors.js';
import { UsageError } from './exit.js';
import { modelOptions, type ModelFlags } from './model-options.js';
import { progressLine } from './progress.js';
import type { Terminal } from './terminal.js';

/** What the options of the declarations parse to. */
export interface RuntimeFlags {
  readonly provider?: readonly OnnxProvider[];
  readonly backend: OnnxBackendChoice;
  readonly threads?: number;
  readonly lowering?: 'auto' | 'none';
  readonly tune?: boolean;
  readonly jobs?: number;
  readonly noCache?: boolean;
}

/** From flags to the options of `compileModel`; throws {@link UsageError} for flags that exclude each other. */
export function compileOptions(
  flags: ModelFlags & RuntimeFlags,
  terminal: Terminal,
  tuning?: TuningOptions,
): CompileOptions {
  const { provider: providers, backend, jobs: sessions } = flags;
  const cache = flags.noCache ? false : undefined;
  const threads = usefulThreads(flags.threads, (text) =>
    terminal.err(`warning: --threads: ${text}\n`),
  );
  if (isOnnxFile(flags.model)) {
    if (flags.weights !== undefined) {
      throw new UsageError('--weights: an .onnx file holds its weights');
    }
    if (flags.config !== undefined) {
      throw new UsageError('--config: an .onnx file says itself how it was trained');
    }
    for (const name of ['lowering', 'tune'] as const) {
      if (!flags[name]) continue;
      throw new UsageError(`--${name}: an .onnx file is lowered when it is exported`);
    }
  }
  if (flags.tune && flags.lowering !== undefined) {
    throw new UsageError('--tune: chooses the lowering, leave out --lowering');
  }
  const lowering = flags.tune ? 'tune' : flags.lowering;
  return {
    ...modelOptions(flags, terminal),
    ...defined({ providers, threads, sessions, lowering, tuning, cache }),
    backend,
    signal: terminal.signal,
  };
}

/**
 * Compiles the model that the flags name, or what `networkOf` makes of it; notes say what was concluded on the
 * way. `runs` is how many runs are to come at once, as far as that is known: it decides what --jobs is by default.
 */
export async function compileFlagged(
  flags: ModelFlags & RuntimeFlags,
  terminal: Terminal,
  networkOf?: (loaded: LoadedModel) => RunnableModel,
  runs = 1,
): Promise<ReadyModel> {
  const tuning = tuningProgress(terminal);
  try {
    const options = compileOptions(flags, terminal, flags.tune ? tuning.options : undefined);
    return await compileModel({ ...options, runs }, networkOf);
  } finally {
    tuning.end();
  }
}

/** Tells a terminal how far measuring is, and what is wrong with the file of times. */
export function tuningProgress(terminal: Terminal): { options: TuningOptions; end(): void } {
  const progress = progressLine(terminal, 'tuning');
  return {
    options: {
      signal: terminal.signal,
      onProgress: progress.update,
      onWarning: (text) => terminal.err(`warning: ${text}\n`),
    },
    end: progress.end,
  };
}
