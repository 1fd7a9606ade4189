/** @file Where a model runs fastest here: on the processor, or on a GPU that WebGPU reaches. */
import type { CompiledModel, HostTensor } from '@slowfast/core';
import type { OnnxProvider } from '@slowfast/runtime-onnx';

type Compile = (provider: OnnxProvider) => Promise<CompiledModel>;

/** A provider and the model on it. */
export interface ProviderModel {
  readonly provider: OnnxProvider;
  readonly model: CompiledModel;
}

/**
 * The model on the first of the providers that works; without any, on the one whose second run is shortest (the first one
 * compiles). Rejects with the last one's error where none works.
 */
export async function fastestProvider(
  providers: readonly OnnxProvider[] | undefined,
  compile: Compile,
): Promise<ProviderModel> {
  const gpu = providers ? [] : await gpuProviders();
  const candidates = providers ?? [...gpu, 'wasm' as const];
  let best: (ProviderModel & { readonly milliseconds: number }) | undefined;
  let failure: unknown;
  for (const provider of candidates) {
    try {
      const model = await compile(provider);
      if (candidates.length === 1 || providers) return { provider, model };
      const milliseconds = await secondRun(model);
      const slower = best && best.milliseconds <= milliseconds ? model : best?.model;
      if (!best || milliseconds < best.milliseconds) best = { provider, model, milliseconds };
      await slower?.[Symbol.asyncDispose]();
    } catch (error) {
      failure = error;
    }
  }
  if (!best) throw failure;
  return best;
}

/** WebGPU where an adapter is more than a program on the processor. */
async function gpuProviders(): Promise<readonly OnnxProvider[]> {
  const { gpu } = navigator as {
    gpu?: {
      requestAdapter(): Promise<{
        readonly info?: { readonly architecture?: string; readonly isFallbackAdapter?: boolean };
      } | null>;
    };
  };
  const info = (await gpu?.requestAdapter().catch(() => null))?.info;
  const isSoftware =
    info?.isFallbackAdapter || /swiftshader|llvmpipe/i.test(info?.architecture ?? '');
  return info && !isSoftware ? ['webgpu'] : [];
}

async function secondRun(model: CompiledModel): Promise<number> {
  const feeds = Object.fromEntries(
    Object.entries(model.inputs).map(([name, shape]) => {
      const sizes = shape.map((size) => (typeof size === 'number' ? size : 1));
      const data = new Float32Array(sizes.reduce((a, b) => a * b, 1));
      return [name, { dtype: 'float32', shape: sizes, data } satisfies HostTensor];
    }),
  );
  await model.run(feeds);
  const began = performance.now();
  await model.run(feeds);
  return performance.now() - began;
}
