/** @file How long a layer takes in each of its lowerings, on this machine. */
import { initialWeights, sizeOf, type CompiledModel, type HostTensor } from '@slowfast/core';
import type { LayerLowering } from '../lowering/plan.js';
import { compileOnnx, type OnnxSessionOptions } from '../session/compile-onnx.js';
import type { TunableLayer } from './candidates.js';
import { layerGraph, layerPlan } from './layer-graph.js';

/** A lowering and the milliseconds of its quickest run, with the neighbours of `layerGraph`. */
export interface MeasuredLowering {
  readonly lowering: LayerLowering;
  readonly milliseconds: number;
}

/** Runs of each lowering: at least, and as many as fit into the time. */
const RUNS = { least: 3, most: 20, milliseconds: 150 };

/** Measures all lowerings of a layer in turns, so that what else the machine does disturbs all alike. */
export async function measureLayer(
  layer: TunableLayer,
  options: OnnxSessionOptions,
): Promise<readonly MeasuredLowering[]> {
  const graph = layerGraph(layer);
  const weights = initialWeights(graph);
  const models: CompiledModel[] = [];
  try {
    for (const candidate of layer.candidates) {
      const plan = layerPlan(candidate, layer);
      // Without passes, which would rename and merge what the plan speaks of.
      const how = { ...options, optimize: false, loweringFor: () => plan };
      models.push(await compileOnnx({ name: 'layer', graph }, weights, how));
    }
    const times = await quickestRuns(models, clip(graph.inputs['x']!.type.shape));
    return layer.candidates.map((lowering, i) => ({ lowering, milliseconds: times[i]! }));
  } finally {
    for (const model of models) await model[Symbol.asyncDispose]();
  }
}

async function quickestRuns(models: readonly CompiledModel[], x: HostTensor): Promise<number[]> {
  const quickest = models.map(() => Infinity);
  for (const model of models) await model.run({ x });
  const until = performance.now() + RUNS.milliseconds * models.length;
  for (let run = 0; run < RUNS.most; run++) {
    if (run >= RUNS.least && performance.now() > until) break;
    for (const [i, model] of models.entries()) {
      const startedAt = performance.now();
      await model.run({ x });
      quickest[i] = Math.min(quickest[i]!, performance.now() - startedAt);
    }
  }
  return quickest;
}

function clip(shape: readonly (number | string)[]): HostTensor<'float32'> {
  const sizes = [1, ...(shape.slice(1) as number[])];
  const data = Float32Array.from({ length: sizeOf(sizes) }, (_, i) => Math.sin(i));
  return { dtype: 'float32', shape: sizes, data };
}
