/** @file From flags to a model that runs. */
import type { Command } from 'commander';
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
import { UsageError } from './exit.js';
import { modelOptions, oneOf, wholeNumber, type ModelFlags } from './model-options.js';
import { progressLine } from './progress.js';
import type { Terminal } from './terminal.js';

const PROVIDERS: readonly OnnxProvider[] = [
  'cpu',
  'cuda',
  'tensorrt',
  'coreml',
  'dml',
  'webgpu',
  'wasm',
];

/** What the options of {@link addRuntimeOptions} parse to. */
export interface RuntimeFlags {
  readonly provider?: readonly OnnxProvider[];
  readonly backend: OnnxBackendChoice;
  readonly threads?: number;
  readonly lowering?: 'auto' | 'none';
  readonly tune?: boolean;
  readonly jobs?: number;
}

/** Adds the options that say where a model runs. */
export function addRuntimeOptions(command: Command): Command {
  return command
    .option(
      '--provider <names>',
      `by preference: ${PROVIDERS.join(', ')} (default: cpu)`,
      providers,
    )
    .option(
      '--backend <name>',
      'auto, node (onnxruntime-node) or web (onnxruntime-web)',
      backend,
      'auto',
    )
    .option('--threads <n>', 'threads of the model (default: all cores)', wholeNumber)
    .option(
      '--lowering <how>',
      'auto (as processors are fast) or none (default: auto for cpu, else none)',
      (text) => oneOf('--lowering', text, ['auto', 'none']),
    )
    .option(
      '--jobs <n>',
      'runs of the model at once, each with its share of the threads (default: as the machine has cores)',
      wholeNumber,
    )
    .option('--tune', 'measure once on this machine how each layer is fastest, and remember it');
}

/** From flags to the options of `compileModel`; throws {@link UsageError} for flags that exclude each other. */
export function compileOptions(
  flags: ModelFlags & RuntimeFlags,
  terminal: Terminal,
  tuning?: TuningOptions,
): CompileOptions {
  const { provider: providers, backend, threads, jobs: sessions } = flags;
  if (sessions !== undefined && sessions < 1) throw new UsageError('--jobs: expected at least 1');
  if (isOnnxFile(flags.model)) {
    if (flags.weights !== undefined) {
      throw new UsageError('--weights: an .onnx file holds its weights');
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
    ...modelOptions(flags),
    ...defined({ providers, threads, sessions, lowering, tuning }),
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

function providers(text: string): readonly OnnxProvider[] {
  return text.split(',').map((name) => {
    const found = PROVIDERS.find((provider) => provider === name);
    if (found) return found;
    throw new UsageError(`--provider: expected ${PROVIDERS.join(', ')}, received '${name}'`);
  });
}

function backend(text: string): OnnxBackendChoice {
  if (text === 'auto' || text === 'node' || text === 'web') return text;
  throw new UsageError(`--backend: expected auto, node or web, received '${text}'`);
}
