/** @file Models compiled to operations of TF.js. */
import {
  checkArguments,
  bindOptionsOf,
  prepareForInference,
  runPasses,
  type ModelMetadata,
  type RunnableModel,
  type Runtime,
  type WeightStore,
} from '@slowfast/core';
import { pooledModel, type PoolOptions } from '../pool/pooled-model.js';
import { openTfjsBackend, type TfjsBackendOptions } from '../backends/open-backend.js';
import { compiledModel, type TfjsCompiledModel } from './compiled-model.js';
import { uploadParameters } from './parameters.js';

/** Options of {@link tfjsRuntime}. */
export interface TfjsOptions extends TfjsBackendOptions, PoolOptions {
  /** Whether batch norms are folded and activations fused before; default true. */
  readonly optimize?: boolean;
  /** Preprocessing, labels and whether the weights were trained. */
  readonly metadata?: ModelMetadata;
}

/** TensorFlow.js as a {@link Runtime}. */
export interface TfjsRuntime extends Runtime<TfjsOptions> {
  /**
   * Compiles a model. Rejects with RuntimeError when no backend works, and with WeightError
   * when the weights do not fit the model.
   */
  compile<I extends string, O extends string>(
    model: RunnableModel<I, O>,
    weights: WeightStore,
    options?: TfjsOptions,
  ): Promise<TfjsCompiledModel<I, O>>;
}

/**
 * A runtime on TensorFlow.js; `defaults` hold for every model it compiles.
 *
 * @example
 * ```ts
 * const runtime = tfjsRuntime({ backend: 'wasm' });
 * await using model = await runtime.compile(slowfast, weights);
 * const { scores } = await model.run({ slow, fast });
 * ```
 */
export function tfjsRuntime(defaults: TfjsOptions = {}): TfjsRuntime {
  checkArguments('tfjsRuntime', { defaults: [defaults, 'object'] });
  return {
    name: 'tfjs',
    compile: (model, weights, options = {}) =>
      compileTfjs(model, weights, { ...defaults, ...options }),
  };
}

async function compileTfjs<I extends string, O extends string>(
  model: RunnableModel<I, O>,
  weights: WeightStore,
  options: TfjsOptions,
): Promise<TfjsCompiledModel<I, O>> {
  checkArguments('tfjsRuntime.compile', {
    model: [model, 'model'],
    weights: [weights, 'weights'],
    options: [options, 'object'],
  });

  const { optimize = true, metadata = {}, workers = 0, workerUrl, ...rest } = options;
  const { name } = model;
  const bind = bindOptionsOf(model);
  if (workers !== 0) {
    const parts = {
      name,
      graph: model.graph,
      weights,
      bind,
      metadata,
      options: { ...rest, optimize },
    };
    return pooledModel<I, O>(parts, { workers, ...(workerUrl ? { workerUrl } : {}) });
  }
  const graph = optimize ? prepareForInference(model.graph) : runPasses(model.graph, []);
  const backend = await openTfjsBackend(rest);
  const parameters = await uploadParameters(graph, weights, backend, bind);
  return compiledModel<I, O>({ name, graph, backend, parameters, metadata });
}
