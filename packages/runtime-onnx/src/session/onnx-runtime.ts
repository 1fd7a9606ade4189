/** @file Models compiled to ONNX and run by ONNX Runtime. */
import {
  namedTypes,
  type Graph,
  type ModelFacts,
  type Runtime,
  type WeightStore,
} from '@slowfast/core';
import {
  collectBytes,
  onnxFile,
  type ExportableModel,
  type OnnxExportOptions,
} from '../export/export-onnx.js';
import type { Lowering } from '../lowering/plan.js';
import { openBackend, type OnnxBackendChoice, type OnnxProvider } from './backend.js';
import { compiledModel, type OnnxCompiledModel } from './compiled-model.js';
import { openSession, type SessionOptions } from './open-session.js';

/** Where and how sessions run. */
export interface OnnxSessionOptions extends SessionOptions {
  /** Default `auto`: onnxruntime-node where it is installed, else onnxruntime-web. */
  readonly backend?: OnnxBackendChoice;
}

/** Options of {@link onnxRuntime}. */
export interface OnnxOptions extends OnnxSessionOptions, OnnxExportOptions {
  /**
   * How layers are computed: {@link OnnxExportOptions.lowering}. Default: `auto` on the processor (`cpu`),
   * `none` on other providers, which are no faster by it.
   */
  readonly lowering?: Lowering;
}

/** The ONNX Runtime as a {@link Runtime}. */
export interface OnnxRuntime extends Runtime<OnnxOptions> {
  /** Compiles for one raw-clip input: see {@link OnnxExportOptions.input}. */
  compile<I extends string, O extends string>(
    model: ExportableModel<I, O>,
    weights: WeightStore,
    options: OnnxOptions & { readonly input: 'clip' },
  ): Promise<OnnxCompiledModel<'clip', O>>;
  /**
   * Compiles a model. Rejects with RuntimeError when ONNX Runtime is missing or no provider
   * works, and as {@link exportOnnx} does.
   */
  compile<I extends string, O extends string>(
    model: ExportableModel<I, O>,
    weights: WeightStore,
    options?: OnnxOptions,
  ): Promise<OnnxCompiledModel<I, O>>;
}

/**
 * A runtime on onnxruntime-node or onnxruntime-web; `defaults` hold for every model it compiles.
 *
 * @example
 * ```ts
 * const runtime = onnxRuntime({ providers: ['cuda', 'cpu'] });
 * await using model = await runtime.compile(slowfast, weights);
 * const { scores } = await model.run({ slow, fast });
 * ```
 */
export function onnxRuntime(defaults: OnnxOptions = {}): OnnxRuntime {
  return {
    name: 'onnx',
    compile: <I extends string, O extends string>(
      model: ExportableModel<I, O>,
      weights: WeightStore,
      options: OnnxOptions = {},
    ) => compileOnnx<I, O>(model, weights, { ...defaults, ...options }),
  } as OnnxRuntime;
}

async function compileOnnx<I extends string, O extends string>(
  model: ExportableModel<I, O>,
  weights: WeightStore,
  options: OnnxOptions,
): Promise<OnnxCompiledModel<I, O>> {
  const backend = await openBackend(options.backend);
  let graph: Graph = model.graph;
  let facts: ModelFacts = {};
  const source = (provider: OnnxProvider): Promise<Uint8Array> => {
    const lowering = options.lowering ?? defaultLowering(provider);
    const file = onnxFile(model, weights, { ...options, lowering });
    ({ graph, facts } = file);
    return collectBytes(file);
  };
  const opened = await openSession(backend, source, options, model.name);
  return compiledModel<I, O>({
    name: model.name,
    backend,
    opened,
    inputs: namedTypes(graph.inputs),
    outputs: namedTypes(graph.outputs),
    facts,
  });
}

/** `auto` on the processor, where it was measured to be faster (docs/performance.md), else `none`. */
export function defaultLowering(provider: OnnxProvider): 'auto' | 'none' {
  return provider === 'cpu' ? 'auto' : 'none';
}
