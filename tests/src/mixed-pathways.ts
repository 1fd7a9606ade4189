/** @file SlowFast networks whose pathways are of two kinds of backbone, on both runtimes. */
import { csn, fastPlan, movinet, r2plus1d, resnet, slowPlan, x3d } from '@slowfast/backbones';
import { composeModel, initialWeights, type HostTensor } from '@slowfast/core';
import { formulaClip } from '@slowfast/core/testing';
import { timeStridedConv } from '@slowfast/fusion';
import { classificationHead } from '@slowfast/heads';
import { onnxRuntime } from '@slowfast/runtime-onnx';
import { tfjsRuntime } from '@slowfast/runtime-tfjs';

const width = 16;
/** What the pathways are, by a name. */
export const MIXED = {
  'X3D as Slow': { slow: x3d({ width: 8, depthFactor: 1 }), fast: 'resnet' },
  'X3D as Fast': { slow: 'resnet', fast: x3d({ width: 8, depthFactor: 1 }) },
  'CSN as Slow': { slow: csn({ depth: 50, width, temporalStrides: {} }), fast: 'resnet' },
  'ip-CSN as Fast': {
    slow: 'resnet',
    fast: csn({ depth: 50, width: 8, interactions: 'ip', temporalStrides: {} }),
  },
  'ResNeXt as Slow': {
    slow: resnet({ depth: 50, width, temporalKernels: slowPlan, groups: 8, innerRatio: 2 }),
    fast: 'resnet',
  },
  'MoViNet as Fast': { slow: x3d({ width: 8, depthFactor: 1 }), fast: movinet() },
  'R(2+1)D as Fast': {
    slow: 'resnet',
    fast: r2plus1d({ width: 8, temporalStrides: {}, stemPool: true, spatialStrides: {} }),
  },
} as const;

/** Those that every run of the tests has; the rest are in `*.reference.test.ts`. */
export const EVERYDAY_MIXED = ['X3D as Slow', 'CSN as Slow', 'R(2+1)D as Fast'] as const;

/** The scores of one clip on ONNX Runtime and on TensorFlow.js. */
export async function mixedScores(
  name: keyof typeof MIXED,
): Promise<readonly [onnx: readonly number[], tfjs: readonly number[]]> {
  const { slow, fast } = MIXED[name];
  const model = composeModel({
    name,
    size: 64,
    pathways: {
      slow: {
        backbone:
          slow === 'resnet' ? resnet({ depth: 50, width, temporalKernels: slowPlan }) : slow,
        frames: 2,
        temporalStride: 16,
      },
      fast: {
        backbone:
          fast === 'resnet' ? resnet({ depth: 18, width: 8, temporalKernels: fastPlan }) : fast,
        frames: 8,
        temporalStride: 4,
      },
    },
    // The stem of X3D has twice the size of the others'.
    laterals: [
      { from: 'fast', to: 'slow', after: ['res2', 'res3', 'res4'], via: timeStridedConv() },
    ],
    head: classificationHead({ pathways: ['slow', 'fast'], classes: 10 }),
  });
  const weights = initialWeights(model.graph, { seed: 1 });
  const clip = formulaClip([1, 3, 8, 64, 64]);
  const feeds = { slow: formulaClip([1, 3, 2, 64, 64]), fast: clip };
  const scores: HostTensor[] = [];
  for (const runtime of [onnxRuntime({ backend: 'node' }), tfjsRuntime({ backend: 'wasm' })]) {
    await using compiled = await runtime.compile(model, weights);
    scores.push((await compiled.run(feeds)).scores);
  }
  const [onnx, tfjs] = scores.map(({ data }) => Array.from(data as Float32Array));
  return [onnx!, tfjs!];
}
