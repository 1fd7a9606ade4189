/** @file Compiles a model with a lowering that is known. */
import {
  bindOptionsOf,
  checkArguments,
  checkWeights,
  namedTypes,
  printGraph,
  type Graph,
  type RunnableModel,
  type WeightStore,
} from '@slowfast/core';
import {
  exportedMetadata,
  exportedGraph,
  onnxFile,
  type OnnxExportOptions,
  type OnnxFile,
} from '../export/export-onnx.js';
import { digest, openFastest } from '../fastest/fastest-provider.js';
import { gpuAdapter } from '../fastest/gpu-adapter.js';
import type { Lowering } from '../lowering/plan.js';
import { isTraining } from '../lowering/training/gradients.js';
import { importModule, openBackend, type OnnxBackendChoice, type OnnxProvider } from './backend.js';
import { compiledModel, type OnnxCompiledModel } from './compiled-model.js';
import { channelBlock } from './channel-block.js';
import { cachedModel, type ModelCache } from './model-cache.js';
import { modelKey } from './model-key.js';
import { openSession, type SessionOptions } from './open-session.js';

/** Where and how sessions run. */
export interface OnnxSessionOptions extends Omit<SessionOptions, 'providers'> {
  /**
   * By preference; default: the processor. `fastest`, in a page: WebGPU where it is there, faster than WebAssembly, and of
   * the same outputs, as the first use of a model measures (a few runs on each) and the browser remembers until
   * `forgetFastestProviders`; in Node the processor.
   */
  readonly providers?: readonly OnnxProvider[] | 'fastest' | undefined;
  /** Default `auto`: onnxruntime-node where it is installed, else onnxruntime-web. */
  readonly backend?: OnnxBackendChoice;
}

/** What {@link compileOnnx} needs to know. */
export interface CompileOptions extends OnnxSessionOptions, Omit<OnnxExportOptions, 'lowering'> {
  /** Where what ONNX Runtime arranges for this processor is kept, so that the next process need not wait for it. */
  readonly cache?: ModelCache;
  /** The lowering for a provider and a graph after the passes. */
  readonly loweringFor: (provider: OnnxProvider, graph: Graph) => Lowering | Promise<Lowering>;
}

/** Where float16 is no arithmetic of its own, it is a way to store weights. */
async function floatPrecision(provider: OnnxProvider): Promise<'half' | 'float16'> {
  if (provider === 'webgpu')
    return (await gpuAdapter())?.features.has('shader-f16') ? 'half' : 'float16';
  return provider === 'cpu' || provider === 'wasm' ? 'float16' : 'half';
}

/** Lowers a model and opens sessions for it. */
export async function compileOnnx<I extends string, O extends string>(
  model: RunnableModel<I, O>,
  weights: WeightStore,
  compileOptions: CompileOptions,
): Promise<OnnxCompiledModel<I, O>> {
  checkArguments('onnxRuntime.compile', {
    model: [model, 'model'],
    weights: [weights, 'weights'],
  });
  const { loweringFor, cache, providers: asked, ...others } = compileOptions;
  if (asked === 'fastest') {
    const graph = exportedGraph(model, others);
    return openFastest<OnnxCompiledModel<I, O>>(
      () => digest(`${others.precision} ${printGraph(graph)}`),
      (providers) => compileOnnx(model, weights, { ...compileOptions, providers }),
    );
  }
  const options = { ...others, ...(asked ? { providers: asked } : {}) };
  const backend = await openBackend(options.backend, importModule, options.providers);
  const graph = exportedGraph(model, options);
  const lowerings = new Map<OnnxProvider, Promise<Lowering>>();
  // Once each: a tuned plan may have to be measured.
  const loweringOf = (provider: OnnxProvider): Promise<Lowering> => {
    const lowering = lowerings.get(provider) ?? Promise.resolve(loweringFor(provider, graph));
    lowerings.set(provider, lowering);
    return lowering;
  };
  const source = async (provider: OnnxProvider): Promise<OnnxFile> =>
    onnxFile(model, weights, {
      ...options,
      ...(options.precision === 'half' ? { precision: await floatPrecision(provider) } : {}),
      lowering: await loweringOf(provider),
      channelBlock:
        provider === 'cpu' && isTraining(graph) ? await channelBlock(backend) : undefined,
    });
  const placeOf = cache
    ? async (provider: OnnxProvider) => {
        // What is kept went with weights that fit; whether these do is asked each time.
        checkWeights(graph, weights, bindOptionsOf(model));
        const lowering = await loweringOf(provider);
        const parts = { graph, weights, options, lowering, backend, cache };
        return cachedModel(cache, await modelKey(parts));
      }
    : undefined;
  const opened = await openSession(backend, source, options, model.name, placeOf);
  return compiledModel<I, O>({
    name: model.name,
    backend,
    opened,
    inputs: namedTypes(graph.inputs),
    outputs: namedTypes(graph.outputs),
    metadata: exportedMetadata(options),
  });
}
