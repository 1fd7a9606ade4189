/** @file From flags to a model that runs. */
import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import type { CompiledModel, RunnableModel } from '@slowfast/core';
import type { LoadedModel } from '@slowfast/checkpoints';
import {
  loadOnnx,
  onnxRuntime,
  type OnnxBackendChoice,
  type OnnxCompiledModel,
  type OnnxProvider,
  type OnnxSessionOptions,
  type TuningOptions,
} from '@slowfast/runtime-onnx';
import { UsageError } from './exit.js';
import { loadFlagged, oneOf, wholeNumber, type ModelFlags } from './model-options.js';
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

/**
 * Compiles the model that the flags name, or what `modelOf` makes of it; notes say what was concluded on the
 * way. `runs` is how many runs are to come at once, as far as that is known: it decides what --jobs is by default.
 */
export async function compileFlagged(
  flags: ModelFlags & RuntimeFlags,
  terminal: Terminal,
  modelOf: (loaded: LoadedModel) => RunnableModel = ({ entry }) => entry.model,
  runs = 1,
): Promise<{ readonly model: CompiledModel; readonly notes: readonly string[] }> {
  const options: OnnxSessionOptions = {
    backend: flags.backend,
    // onnxruntime-node's run blocks its thread: in one of its own, frames are decoded meanwhile.
    worker: 'auto',
    ...(flags.provider ? { providers: flags.provider } : {}),
    ...parallelism(flags, runs),
  };
  if (flags.model?.toLowerCase().endsWith('.onnx')) {
    if (flags.weights !== undefined) {
      throw new UsageError('--weights: an .onnx file holds its weights');
    }
    if (flags.lowering !== undefined) {
      throw new UsageError('--lowering: an .onnx file is lowered when it is exported');
    }
    if (flags.tune) {
      throw new UsageError('--tune: an .onnx file is lowered when it is exported');
    }
    const model = await loadOnnx(flags.model, options);
    return { model, notes: skipped(model) };
  }
  if (flags.tune && flags.lowering !== undefined) {
    throw new UsageError('--tune: chooses the lowering, leave out --lowering');
  }
  const loaded = await loadFlagged(flags);
  const tuning = tuningProgress(terminal);
  try {
    terminal.signal.throwIfAborted();
    const { metadata } = loaded;
    const model = await onnxRuntime().compile(modelOf(loaded), loaded.weights, {
      ...options,
      ...(flags.lowering ? { lowering: flags.lowering } : {}),
      ...(flags.tune ? { lowering: 'tune', tuning: tuning.options } : {}),
      metadata,
    });
    return { model, notes: [...loaded.notes, ...skipped(model)] };
  } finally {
    tuning.end();
    await loaded.weights.close?.();
  }
}

/** More sessions than this take memory for little: views of a network are hundreds of megabytes while they run. */
const MOST_SESSIONS = 4;

/**
 * Sessions and the threads of each. On a processor all cores do more with a run each than together in one; with less
 * than two runs for each session one run at a time is done sooner.
 */
export function parallelism(
  {
    provider,
    backend,
    threads,
    jobs,
  }: Pick<RuntimeFlags, 'provider' | 'backend' | 'threads' | 'jobs'>,
  runs: number,
  cores = availableParallelism(),
): Pick<OnnxSessionOptions, 'sessions' | 'threads'> {
  if (jobs !== undefined && jobs < 1) throw new UsageError('--jobs: expected at least 1');
  const isNative = backend !== 'web' && (provider ?? ['cpu']).every((name) => name === 'cpu');
  const all = threads ?? cores;
  const fitting = Math.min(MOST_SESSIONS, all);
  const sessions = jobs ?? (isNative && runs >= 2 * fitting ? fitting : 1);
  if (sessions === 1) return threads === undefined ? {} : { threads };
  return { sessions, threads: Math.max(1, Math.floor(all / sessions)) };
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

const skipped = (model: OnnxCompiledModel): readonly string[] =>
  model.skipped.map(({ provider, reason }) => `without ${provider}: ${reason}`);

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
