/** @file From flags to a model that runs on TensorFlow.js, which is loaded only then. */
import { compileModel, isOnnxFile, type ReadyModel } from '../model/compile-model.js';
import { tfjsPackage } from '../model/tfjs.js';
import { UsageError } from './exit.js';
import { modelOptions, type ModelFlags } from './model-options.js';
import type { Terminal } from './terminal.js';
import { compileFlagged, type RuntimeFlags } from './compile.js';

/** What the options of the declarations parse to. */
export interface AnyRuntimeFlags extends RuntimeFlags {
  readonly runtime: 'onnx' | 'tfjs';
  readonly tfjsBackend: 'auto' | 'tfjs-node-gpu' | 'tfjs-node' | 'webgpu' | 'wasm' | 'cpu';
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
  const { provider, threads, lowering, tune, jobs, noCache } = flags;
  const onnxOnly = { provider, threads, lowering, tune, jobs, 'no-cache': noCache };
  for (const [name, value] of Object.entries(onnxOnly)) {
    if (value !== undefined) throw new UsageError(`--${name}: is of --runtime onnx`);
  }
  if (isOnnxFile(flags.model)) {
    throw new UsageError('--runtime tfjs: runs models by name, not .onnx files');
  }
  const { tfjsRuntime } = await tfjsPackage();
  return compileModel({
    ...modelOptions(flags, terminal),
    runtime: tfjsRuntime({ backend: flags.tfjsBackend }),
    signal: terminal.signal,
  });
}
