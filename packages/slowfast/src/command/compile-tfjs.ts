/** @file From flags to a model that runs on TensorFlow.js, which is loaded only then. */
import type { Command } from 'commander';
import { compileModel, isOnnxFile, type ReadyModel } from '../model/compile-model.js';
import { tfjsPackage } from '../model/tfjs.js';
import { UsageError } from './exit.js';
import { modelOptions, oneOf, type ModelFlags } from './model-options.js';
import type { Terminal } from './terminal.js';
import { addRuntimeOptions, compileFlagged, type RuntimeFlags } from './compile.js';

const TFJS_BACKENDS = ['auto', 'tfjs-node-gpu', 'tfjs-node', 'webgpu', 'wasm', 'cpu'] as const;

/** What the options of {@link addAnyRuntimeOptions} parse to. */
export interface AnyRuntimeFlags extends RuntimeFlags {
  readonly runtime: 'onnx' | 'tfjs';
  readonly tfjsBackend: (typeof TFJS_BACKENDS)[number];
}

/** Adds the options that say on which runtime a model runs. */
export function addAnyRuntimeOptions(command: Command): Command {
  return addRuntimeOptions(
    command
      .option(
        '--runtime <name>',
        'onnx (ONNX Runtime) or tfjs (TensorFlow.js)',
        (text) => oneOf('--runtime', text, ['onnx', 'tfjs']),
        'onnx',
      )
      .option(
        '--tfjs-backend <name>',
        `of TensorFlow.js: ${TFJS_BACKENDS.join(', ')}`,
        (text) => oneOf('--tfjs-backend', text, TFJS_BACKENDS),
        'auto',
      ),
  );
}

/** Compiles the model that the flags name on the runtime that they name; `runs` as in {@link compileFlagged}. */
export async function compileAny(
  flags: ModelFlags & AnyRuntimeFlags,
  terminal: Terminal,
  runs = 1,
): Promise<ReadyModel> {
  if (flags.runtime === 'onnx') {
    if (flags.tfjsBackend === 'auto') return compileFlagged(flags, terminal, undefined, runs);
    throw new UsageError('--tfjs-backend: needs --runtime tfjs');
  }
  const { provider, threads, lowering, tune, jobs } = flags;
  const onnxOnly = { provider, threads, lowering, tune, jobs };
  for (const [name, value] of Object.entries(onnxOnly)) {
    if (value !== undefined) throw new UsageError(`--${name}: is of --runtime onnx`);
  }
  if (isOnnxFile(flags.model)) {
    throw new UsageError('--runtime tfjs: runs models by name, not .onnx files');
  }
  const { tfjsRuntime } = await tfjsPackage();
  return compileModel({
    ...modelOptions(flags),
    runtime: tfjsRuntime({ backend: flags.tfjsBackend }),
    signal: terminal.signal,
  });
}
