/** @file SlowFast networks whose pathways are of two kinds of backbone, on both runtimes. */
import { csn, movinet, r2plus1d, resnet, slowPlan, x3d } from '@slowfast/backbones';
import {
  composeModel,
  describeModel,
  graphCost,
  initialWeights,
  type HostTensor,
} from '@slowfast/core';
import { formulaClip } from '@slowfast/core/testing';
import { timeStridedConv } from '@slowfast/fusion';
import { classificationHead } from '@slowfast/heads';
import { onnxRuntime } from '@slowfast/runtime-onnx';
import { tfjsRuntime } from '@slowfast/runtime-tfjs';

/** Each with the channels of its stem, leaving frames as they are. */
const BACKBONES = {
  X3D: (width: number) => x3d({ width, depthFactor: 1 }),
  MoViNet: () => movinet(),
  'R(2+1)D': (width: number) =>
    r2plus1d({ width, temporalStrides: {}, stemPool: true, spatialStrides: {} }),
  'ir-CSN': (width: number) => csn({ depth: 50, width, temporalStrides: {} }),
  'ip-CSN': (width: number) => csn({ depth: 50, width, interactions: 'ip', temporalStrides: {} }),
  ResNeXt: (width: number) =>
    resnet({ depth: 50, width, temporalKernels: slowPlan, groups: 8, innerRatio: 2 }),
};

/** What the pathways are, by a name: every backbone is once Slow and once Fast. */
export const MIXED = {
  'X3D as Slow, MoViNet as Fast': ['X3D', 'MoViNet'],
  'ir-CSN as Slow, R(2+1)D as Fast': ['ir-CSN', 'R(2+1)D'],
  'ResNeXt as Slow, ip-CSN as Fast': ['ResNeXt', 'ip-CSN'],
  'MoViNet as Slow, X3D as Fast': ['MoViNet', 'X3D'],
  'R(2+1)D as Slow, ir-CSN as Fast': ['R(2+1)D', 'ir-CSN'],
  'ip-CSN as Slow, ResNeXt as Fast': ['ip-CSN', 'ResNeXt'],
} as const;

/** Those that every run of the tests has; the rest are in `*.reference.test.ts`. */
export const EVERYDAY_MIXED = [
  'X3D as Slow, MoViNet as Fast',
  'ir-CSN as Slow, R(2+1)D as Fast',
  'ResNeXt as Slow, ip-CSN as Fast',
] as const;

/** The scores of one clip on ONNX Runtime and on TensorFlow.js. */
export async function mixedScores(
  name: keyof typeof MIXED,
): Promise<readonly [onnx: readonly number[], tfjs: readonly number[]]> {
  const [slow, fast] = MIXED[name];
  const model = composeModel({
    name,
    size: 64,
    pathways: {
      slow: { backbone: BACKBONES[slow](16), frames: 2, temporalStride: 16 },
      fast: { backbone: BACKBONES[fast](8), frames: 8, temporalStride: 4 },
    },
    // The stem of X3D has twice the size of the others'.
    laterals: [
      { from: 'fast', to: 'slow', after: ['res2', 'res3', 'res4'], via: timeStridedConv() },
    ],
    head: classificationHead({ pathways: ['slow', 'fast'], classes: 10 }),
  });
  if (describeModel(model).parameters !== graphCost(model.graph).parameters) {
    throw new Error(`${name}: its description does not add up to the whole`);
  }
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
