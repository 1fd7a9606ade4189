/**
 * A researcher's afternoon: a backbone and a lateral connection of one's own, three pathways, laterals in
 * both directions. Composed, described, run. `node examples/dist/afternoon.js` prints what comes out.
 */
import { fastPlan, resnet, slowPlan } from '@slowfast/backbones';
import {
  composeModel,
  describeModel,
  initialWeights,
  sizeOf,
  type HostTensor,
  type Model,
  type Pathways,
} from '@slowfast/core';
import { timeStridedConv } from '@slowfast/fusion';
import { classificationHead } from '@slowfast/heads';
import { onnxRuntime } from '@slowfast/runtime-onnx';
import { r2plus1d } from './r2plus1d.js';
import { heldFrames } from './slow-to-fast.js';
import { temporalMax } from './temporal-max.js';

const STAGES = ['stem', 'res2', 'res3', 'res4'] as const;

/** Slow is R(2+1)D, Fast a thin residual network; the lateral connection takes the maximum over time. */
export function r2plus1dSlowFast() {
  return composeModel({
    name: 'r2plus1d-slowfast',
    size: 64,
    pathways: {
      slow: {
        backbone: r2plus1d({ blocks: [1, 1, 1, 1], width: 16 }),
        frames: 4,
        temporalStride: 8,
      },
      fast: {
        backbone: resnet({ depth: 18, temporalKernels: fastPlan, width: 2 }),
        frames: 16,
        temporalStride: 2,
      },
    },
    laterals: [{ from: 'fast', to: 'slow', after: ['stem', 'res2', 'res3'], via: temporalMax() }],
    head: classificationHead({ pathways: ['slow', 'fast'], classes: 10 }),
  });
}

/** Three rates: 2, 8 and 32 frames; each pathway brings what it sees into the next slower one. */
export function threeRates() {
  const pathway = (frames: number, width: number) =>
    ({
      backbone: resnet({ depth: 18, temporalKernels: frames > 2 ? fastPlan : slowPlan, width }),
      frames,
      temporalStride: 64 / frames,
    }) as const;
  return composeModel({
    name: 'three-rates',
    size: 64,
    pathways: { slow: pathway(2, 16), middle: pathway(8, 8), fast: pathway(32, 4) },
    laterals: [
      { from: 'fast', to: 'middle', after: STAGES, via: timeStridedConv() },
      { from: 'middle', to: 'slow', after: STAGES, via: timeStridedConv({ kernel: 7 }) },
    ],
    head: classificationHead({ pathways: ['slow', 'middle', 'fast'], classes: 10 }),
  });
}

/** Laterals in both directions: Fast tells Slow how things move, Slow tells Fast what they are. */
export function bidirectional() {
  return composeModel({
    name: 'bidirectional',
    size: 64,
    pathways: {
      slow: {
        backbone: resnet({ depth: 18, temporalKernels: slowPlan, width: 16 }),
        frames: 4,
        temporalStride: 8,
      },
      fast: {
        backbone: resnet({ depth: 18, temporalKernels: fastPlan, width: 2 }),
        frames: 16,
        temporalStride: 2,
      },
    },
    laterals: [
      { from: 'fast', to: 'slow', after: STAGES, via: timeStridedConv() },
      { from: 'slow', to: 'fast', after: ['res2', 'res3'], via: heldFrames({ channels: 4 }) },
    ],
    head: classificationHead({ pathways: ['slow', 'fast'], classes: 10 }),
  });
}

/** Runs a model with initialised weights on `clips` clips of zeros; resolves with its scores. */
export async function tryOut<P extends Pathways>(
  model: Model<P, 'scores'>,
  clips = 1,
): Promise<HostTensor> {
  const compiled = await onnxRuntime().compile(model, initialWeights(model.graph, { seed: 1 }));
  try {
    const feeds: Record<string, HostTensor> = {};
    for (const [name, dims] of Object.entries<readonly (number | string)[]>(compiled.inputs)) {
      const shape = dims.map((dim) => (typeof dim === 'number' ? dim : clips));
      feeds[name] = { dtype: 'float32', shape, data: new Float32Array(sizeOf(shape)) };
    }
    return (await compiled.run(feeds as Record<keyof P & string, HostTensor>)).scores;
  } finally {
    await compiled[Symbol.asyncDispose]();
  }
}

/** One line about a model: parameters, cost, and what comes out. */
export async function report<P extends Pathways>(model: Model<P, 'scores'>): Promise<string> {
  const { parameters, multiplyAdds } = describeModel(model);
  const { shape } = await tryOut(model);
  const cost = `${(parameters / 1e6).toFixed(2)} M parameters, ${(multiplyAdds / 1e9).toFixed(2)} G multiply-adds`;
  return `${model.name}: ${cost}, scores [${shape.join(', ')}]`;
}

if (process.argv[1]?.endsWith('afternoon.js')) {
  console.log(await report(r2plus1dSlowFast()));
  console.log(await report(threeRates()));
  console.log(await report(bidirectional()));
}
