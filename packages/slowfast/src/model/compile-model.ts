/** @file From options to a model that runs. */
import {
  fileSource,
  SpecError,
  type CompiledModel,
  type ModelMetadata,
  type RunnableModel,
  type Runtime,
} from '@slowfast/core';
import type { LoadedModel } from '@slowfast/checkpoints';
import {
  loadOnnx,
  onnxRuntime,
  type ModelCache,
  type OnnxBackendChoice,
  type OnnxProvider,
  type OnnxSessionOptions,
  type ProviderChoice,
  type TuningOptions,
} from '@slowfast/runtime-onnx';
import { defined } from '../defined.js';
import { modelCacheLimit } from './model-cache-limit.js';
import { openModel, type ModelOptions, type OpenedModel } from './open-model.js';
import { coreCount, sessionsFor } from './sessions.js';
import { tfjsPackage } from './tfjs.js';

/** A runtime of the caller's own: `tfjsRuntime({ backend: 'wasm' })`, `onnxRuntime({ … })`. */
export type AnyRuntime = Runtime<{ readonly metadata?: ModelMetadata }>;

/** Where a model runs; all but `runtime` is for ONNX Runtime as it is chosen by name. */
export interface RuntimeOptions {
  /** `onnx` (default), `tfjs` where `@slowfast/runtime-tfjs` is installed, or a runtime. */
  readonly runtime?: 'onnx' | 'tfjs' | AnyRuntime;
  /**
   * By preference; default `cpu`. `fastest`, in a page: WebGPU where the first use of a model measures it to be faster than
   * WebAssembly, with the same scores; the browser remembers it until `forgetFastestProviders`.
   */
  readonly providers?: readonly OnnxProvider[] | 'fastest';
  /** onnxruntime-node (`node`), onnxruntime-web (`web`), or the first that is installed (`auto`, the default). */
  readonly backend?: OnnxBackendChoice;
  /** Threads altogether; default: all cores. */
  readonly threads?: number;
  /** Runs at once, each with its share of the threads; default: as the processor and the work have it. */
  readonly sessions?: number;
  /** How layers are computed; default `auto` on the processor, `none` elsewhere. `tune` measures once. */
  readonly lowering?: 'auto' | 'none' | 'tune';
  /** Progress and cache of `lowering: 'tune'`. */
  readonly tuning?: TuningOptions;
  /**
   * Whether what ONNX Runtime arranges for this processor is kept for the next process, in the cache's folder. Default
   * true, in Node; `SLOWFAST_MODEL_CACHE` says how much is kept (4 GiB).
   */
  readonly cache?: boolean;
}

/** Which model, where it runs, and how much it will run. */
export interface CompileOptions extends ModelOptions, RuntimeOptions {
  /** The runs that are to come, as far as that is known: how many sessions are worth their memory. Default 1. */
  readonly runs?: number;
}

/** A model that runs, and what was concluded on the way to it, a sentence each. */
export interface ReadyModel {
  readonly model: CompiledModel;
  readonly notes: readonly string[];
}

/**
 * Compiles the model that the options name, or what `networkOf` makes of it; `model` may also name an .onnx file,
 * which holds its weights. Rejects with {@link SpecError} for options that exclude each other, with RuntimeError
 * where no runtime works, and as {@link openModel} does.
 */
export async function compileModel(
  options: CompileOptions,
  networkOf: (loaded: LoadedModel) => RunnableModel = ({ entry }) => entry.model,
): Promise<ReadyModel> {
  checkRuntimeOptions(options);
  if (isOnnxFile(options.model)) {
    const cache = options.cache === false ? undefined : await fileCache(options.model);
    const how = { ...(await sessionOptions(options)), ...defined({ cache }) };
    return ready(await loadOnnx(options.model, how), []);
  }
  const loaded = await openModel(modelPart(options));
  try {
    options.signal?.throwIfAborted();
    return await compileLoaded(loaded, networkOf(loaded), options);
  } finally {
    await loaded.weights.close?.();
  }
}

/** Compiles a network with the weights of a loaded model, which stay open. */
export async function compileLoaded(
  { weights, metadata, notes, weightsVersion }: OpenedModel,
  network: RunnableModel,
  options: RuntimeOptions & Pick<CompileOptions, 'runs'>,
): Promise<ReadyModel> {
  const { runtime = 'onnx', lowering, tuning } = options;
  if (runtime === 'onnx') {
    const cache =
      options.cache === false ? undefined : await modelCache(network.name, weightsVersion);
    const how = {
      ...(await sessionOptions(options)),
      metadata,
      ...defined({ lowering, tuning, cache }),
    };
    return ready(await onnxRuntime().compile(network, weights, how), notes);
  }
  const other: AnyRuntime = runtime === 'tfjs' ? (await tfjsPackage()).tfjsRuntime() : runtime;
  return ready(await other.compile(network, weights, { metadata }), notes);
}

/** Where arranged models are kept; undefined in a browser, and where none are to be kept. */
async function modelCache(
  name: string,
  weightsVersion: string | undefined,
): Promise<ModelCache | undefined> {
  const limit = modelCacheLimit();
  if (limit === 0 || globalThis.process?.versions?.node === undefined) return undefined;
  const { arrangedModels } = await import('./arranged-models.js');
  return arrangedModels(name, { limit, ...defined({ weightsVersion }) });
}

/** The same of an .onnx file; undefined where it cannot be told whether the file is as it was. */
async function fileCache(path: string): Promise<ModelCache | undefined> {
  if (globalThis.process?.versions?.node === undefined) return undefined;
  // What cannot be read is said by who opens it.
  const file = await fileSource(path).catch(() => undefined);
  await file?.close?.();
  if (file?.version === undefined) return undefined;
  const { basename } = await import(/* webpackIgnore: true */ /* @vite-ignore */ 'node:path');
  return modelCache(basename(path), file.version);
}

/** The options of sessions of ONNX Runtime. */
export async function sessionOptions(
  options: RuntimeOptions & Pick<CompileOptions, 'runs'>,
): Promise<OnnxSessionOptions> {
  const { providers, backend, threads, sessions, runs = 1 } = options;
  const list = providers === 'fastest' ? undefined : providers;
  return {
    // onnxruntime-node's run blocks its thread: in one of its own, frames are decoded meanwhile.
    worker: 'auto',
    ...defined({ backend, providers }),
    ...sessionsFor(
      defined({ providers: list, backend, threads, sessions }),
      runs,
      await coreCount(),
    ),
  };
}

const OTHERS: readonly string[] = [
  'runtime',
  'providers',
  'backend',
  'threads',
  'sessions',
  'lowering',
  'tuning',
  'cache',
  'runs',
] satisfies (keyof RuntimeOptions | 'runs')[];

/** The options that say which model it is. */
export const modelPart = (options: CompileOptions): ModelOptions =>
  Object.fromEntries(Object.entries(options).filter(([name]) => !OTHERS.includes(name)));

/** Whether a model's name is that of an .onnx file. */
export const isOnnxFile = (model: string | undefined): model is string =>
  model?.toLowerCase().endsWith('.onnx') === true;

type Skipping = CompiledModel & {
  readonly skipped?: readonly {
    readonly provider?: string;
    readonly backend?: string;
    readonly reason: string;
  }[];
  readonly choice?: ProviderChoice;
};

/** With a note for each provider or backend that does not work here. */
function ready(model: Skipping, notes: readonly string[]): ReadyModel {
  const skipped = (model.skipped ?? []).map(
    ({ provider, backend, reason }) => `without ${provider ?? backend}: ${reason}`,
  );
  return { model, notes: [...notes, ...skipped, ...(model.choice ? [model.choice.reason] : [])] };
}

const ONNX_OPTIONS = ['providers', 'backend', 'threads', 'sessions', 'lowering'] as const;

/** Throws {@link SpecError} for options that exclude each other. */
export function checkRuntimeOptions(options: CompileOptions): void {
  const { runtime = 'onnx', model } = options;
  const isFile = isOnnxFile(model);
  const refuse = (site: string, expected: string, received: string): never => {
    throw new SpecError({ site, expected, received });
  };
  const isRuntime = typeof runtime === 'object' && typeof runtime?.compile === 'function';
  if (!isRuntime && runtime !== 'onnx' && runtime !== 'tfjs') {
    refuse('runtime', "'onnx', 'tfjs' or a runtime", String(runtime));
  }
  const set = (names: readonly (keyof CompileOptions)[]) =>
    names.find((name) => options[name] !== undefined);
  if (isFile) {
    if (runtime !== 'onnx') refuse('model', 'a model by name for this runtime', `'${model}'`);
    const extra = set(['weights', 'lowering']);
    if (extra) refuse(extra, 'nothing, since an .onnx file holds weights and lowering', extra);
  }
  const extra = runtime === 'onnx' ? undefined : set(ONNX_OPTIONS);
  if (extra) refuse(extra, "nothing, since it is of runtime 'onnx'", String(options[extra]));
}
