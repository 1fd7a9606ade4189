/** @file Steps of SGD on a small SlowFast network, beside the same steps in PyTorch. */
import { readFileSync } from 'node:fs';
import { resnet, slowPlan, fastPlan, stem, type TemporalKernelPlan } from '@slowfast/backbones';
import {
  composeModel,
  renamedStore,
  type Backbone,
  type HostTensor,
  type Runtime,
} from '@slowfast/core';
import { formulaClip, formulaStore } from '@slowfast/core/testing';
import { timeStridedConv } from '@slowfast/fusion';
import { classificationHead } from '@slowfast/heads';
import { fromZooName, zooLayout } from '@slowfast/checkpoints';
import { onnxRuntime } from '@slowfast/runtime-onnx';
import { tfjsRuntime } from '@slowfast/runtime-tfjs';
import { lossOf, sgd, trainingModel } from '@slowfast/training';
import { BACKENDS } from './tfjs-networks.js';

/** What the steps are computed with, by name. */
export const RUNTIMES: Readonly<Record<string, Pick<Runtime<unknown>, 'compile'>>> = {
  'onnxruntime-node': onnxRuntime({ backend: 'node', threads: 1 }),
  ...Object.fromEntries(BACKENDS.map((backend) => [backend, tfjsRuntime({ backend })])),
};

interface Run {
  readonly losses: readonly number[];
  readonly gradNorm: readonly number[];
  readonly firstStepGrad: Readonly<Record<string, readonly [norm: number, sum: number]>>;
  readonly final: Readonly<Record<string, readonly [mean: number, norm: number]>>;
}

interface Trajectory {
  readonly slowIndices: readonly number[];
  readonly params: readonly (readonly [name: string, shape: readonly number[]])[];
  readonly runs: Readonly<Record<'momentum_float64' | 'nesterov_float64', Run>>;
}

const file = new URL('goldens/training-trajectory.json', import.meta.url);
const { slowIndices, params, runs } = JSON.parse(readFileSync(file, 'utf8')) as Trajectory;

/** Relative, as the README beside the reference says: PyTorch's own float32 leaves float64 by a third of it. */
const TOLERANCE = { firstLosses: 5e-4, losses: 1e-2, gradient: 5e-3 };
const STEPS = 20;
const BATCH = 4;
const CLIPS = 24;
const CLASSES = 6;
const SIZE = 64;
const FRAMES = 16;

const layout = zooLayout(
  'pyslowfast',
  params.map(([name]) => name),
);
const ownName = (name: string): string => fromZooName('pyslowfast', name, layout)!;

/** PySlowFast's basic blocks have four times the stem's channels, as bottlenecks have. */
const backbone = (width: number, plan: TemporalKernelPlan) => ({
  stages: [
    stem({ channels: width, temporalKernel: plan.stem }),
    ...resnet({ depth: 18, width: 4 * width, temporalKernels: plan }).stages.slice(1),
  ],
});

const model = composeModel({
  name: 'trajectory',
  size: SIZE,
  pathways: {
    slow: { backbone: backbone(16, slowPlan) satisfies Backbone, frames: 4, temporalStride: 8 },
    fast: { backbone: backbone(2, fastPlan), frames: FRAMES, temporalStride: 2 },
  },
  laterals: [
    { from: 'fast', to: 'slow', after: ['stem', 'res2', 'res3', 'res4'], via: timeStridedConv() },
  ],
  head: classificationHead({
    pathways: ['slow', 'fast'],
    classes: CLASSES,
    activation: 'none',
    dropout: 0,
  }),
});

function weights() {
  const trained = params.filter(([name]) => !name.endsWith('num_batches_tracked'));
  return renamedStore(formulaStore(trained), ownName);
}

const clipNumbers = (step: number): readonly number[] =>
  Array.from({ length: BATCH }, (_, i) => (BATCH * step + i) % CLIPS);

function feeds(step: number): Record<'slow' | 'fast', HostTensor> {
  const clips = clipNumbers(step).map(
    (clip) => formulaClip([3, FRAMES, SIZE, SIZE], `clip${clip}`).data,
  );
  const area = SIZE * SIZE;
  const batch = (frames: readonly number[]): HostTensor => {
    const data = new Float32Array(BATCH * 3 * frames.length * area);
    let at = 0;
    for (const clip of clips) {
      for (let c = 0; c < 3; c++) {
        for (const frame of frames) {
          const from = (c * FRAMES + frame) * area;
          data.set(clip.subarray(from, from + area), at);
          at += area;
        }
      }
    }
    return { dtype: 'float32', shape: [BATCH, 3, frames.length, SIZE, SIZE], data };
  };
  return { slow: batch(slowIndices), fast: batch(Array.from({ length: FRAMES }, (_, t) => t)) };
}

interface Trained {
  readonly losses: readonly number[];
  readonly firstGradients: ReadonlyMap<string, Float32Array>;
  readonly final: ReadonlyMap<string, Float32Array>;
}

async function train(runtime: string, nesterov: boolean, steps: number): Promise<Trained> {
  const loss = lossOf({ classes: CLASSES });
  await using training = await trainingModel(model, weights(), {
    runtime: RUNTIMES[runtime]!,
    loss: loss.graph,
  });
  const optimizer = sgd(training.parameters, { momentum: 0.9, nesterov, weightDecay: 1e-4 });
  const losses: number[] = [];
  let firstGradients: ReadonlyMap<string, Float32Array> = new Map();
  for (let step = 0; step < steps; step++) {
    const labels = clipNumbers(step).map((clip) => [clip % CLASSES]);
    const result = await training.lossAndGradients(feeds(step), loss.targets(labels));
    losses.push(result.loss);
    if (step === 0) firstGradients = result.gradients;
    training.takeStatistics(result);
    optimizer.step(result.gradients, 3e-4);
  }
  const final = new Map(training.parameters.map(({ name, data }) => [name, data] as const));
  return { losses, firstGradients, final };
}

const off = (actual: number, expected: number): number =>
  Math.abs(actual - expected) / Math.abs(expected);
function normOf(data: ArrayLike<number>): number {
  let squares = 0;
  for (let i = 0; i < data.length; i++) squares += data[i]! * data[i]!;
  return Math.sqrt(squares);
}
function sumOf(data: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i]!;
  return sum;
}

/**
 * What disagrees with the same steps in PyTorch: losses, gradients of the first step, and, after all twenty steps,
 * parameters and running statistics. `{}` is agreement.
 */
export async function trajectoryDisagreement(
  runtime: string,
  method: 'momentum' | 'nesterov',
  steps = STEPS,
): Promise<Readonly<Record<string, unknown>>> {
  const { losses, firstGradients, final } = await train(runtime, method === 'nesterov', steps);
  const run = runs[`${method}_float64`];
  const wrong: Record<string, unknown> = {};
  const within = (name: string, actual: number, expected: number, limit: number): void => {
    if (!(off(actual, expected) <= limit)) wrong[name] = { actual, expected };
  };
  within('losses', losses.length, steps, 0);
  losses.forEach((loss, i) => {
    within(`loss ${i}`, loss, run.losses[i]!, TOLERANCE[i < 6 ? 'firstLosses' : 'losses']);
  });
  const all = normOf([...firstGradients.values()].map(normOf));
  within('norm of all gradients', all, run.gradNorm[0]!, TOLERANCE.gradient);
  within('gradients', firstGradients.size, Object.keys(run.firstStepGrad).length, 0);
  for (const [name, [norm, sum]] of Object.entries(run.firstStepGrad)) {
    const gradient = firstGradients.get(ownName(name))!;
    within(`gradient ${name}`, normOf(gradient), norm, TOLERANCE.gradient);
    const limit = TOLERANCE.gradient * norm * Math.sqrt(gradient.length);
    if (!(Math.abs(sumOf(gradient) - sum) <= limit)) wrong[`sum of gradient ${name}`] = sum;
  }
  if (steps < STEPS) return wrong;
  within('tensors', final.size, Object.keys(run.final).length, 0);
  for (const [name, [, norm]] of Object.entries(run.final)) {
    within(name, normOf(final.get(ownName(name))!), norm, TOLERANCE.losses);
  }
  return wrong;
}
