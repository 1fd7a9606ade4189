/** @file Models compiled to ONNX and run by ONNX Runtime. */
import { checkArguments, type RunnableModel, type Runtime, type WeightStore } from '@slowfast/core';
import type { OnnxExportOptions } from '../export/export-onnx.js';
import type { Lowering } from '../lowering/plan.js';
import { tunePlan, type TuningOptions } from '../tuning/tune-plan.js';
import type { OnnxProvider } from './backend.js';
import type { OnnxCompiledModel } from './compiled-model.js';
import type { ModelCache } from './model-cache.js';
import { compileOnnx, type CompileOptions, type OnnxSessionOptions } from './compile-onnx.js';

/** Options of {@link onnxRuntime}. */
export interface OnnxOptions extends OnnxSessionOptions, Omit<OnnxExportOptions, 'lowering'> {
  /**
   * How layers are computed: {@link OnnxExportOptions.lowering}; or `tune`: as {@link tunePlan} measures them on
   * this machine, once. Default: `auto` on the processor (`cpu`), `none` on other providers, which are no faster by it;
   * `tune` is `none` there, too.
   */
  readonly lowering?: Lowering | 'tune';
  /** Progress, cache and interruption of `lowering: 'tune'`. */
  readonly tuning?: TuningOptions;
  /**
   * Where models that ONNX Runtime arranged for this processor are kept, with onnxruntime-node: a model that is there
   * is neither lowered nor arranged again. Default: none are kept.
   */
  readonly cache?: ModelCache;
}

/** The ONNX Runtime as a {@link Runtime}. */
export interface OnnxRuntime extends Runtime<OnnxOptions> {
  /** Compiles for one raw-clip input: see {@link OnnxExportOptions.input}. */
  compile<I extends string, O extends string>(
    model: RunnableModel<I, O>,
    weights: WeightStore,
    options: OnnxOptions & { readonly input: 'clip' },
  ): Promise<OnnxCompiledModel<'clip', O>>;
  /**
   * Compiles a model. Rejects with RuntimeError when ONNX Runtime is missing or no provider
   * works, and as {@link exportOnnx} does.
   */
  compile<I extends string, O extends string>(
    model: RunnableModel<I, O>,
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
  checkArguments('onnxRuntime', { defaults: [defaults, 'object'] });
  return {
    name: 'onnx',
    compile: <I extends string, O extends string>(
      model: RunnableModel<I, O>,
      weights: WeightStore,
      options: OnnxOptions = {},
    ) => compileOnnx<I, O>(model, weights, compileOptions({ ...defaults, ...options })),
  } as OnnxRuntime;
}

function compileOptions({ lowering, tuning, ...options }: OnnxOptions): CompileOptions {
  return {
    ...options,
    loweringFor: async (provider, graph) => {
      if (lowering !== 'tune') return lowering ?? defaultLowering(provider);
      if (defaultLowering(provider) === 'none') return 'none';
      const { backend, threads } = options;
      const target = { ...(backend ? { backend } : {}), ...(threads ? { threads } : {}) };
      return (await tunePlan(graph, { ...tuning, ...target })).plan;
    },
  };
}

/** `auto` on the processor, where it was measured to be faster (docs/performance.md), else `none`. */
export function defaultLowering(provider: OnnxProvider): 'auto' | 'none' {
  return provider === 'cpu' ? 'auto' : 'none';
}
