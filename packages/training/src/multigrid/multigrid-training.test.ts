import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  float32Tensor,
  GraphBuilder,
  initialWeights,
  keyedRandom,
  type Graph,
  type Runtime,
} from '@slowfast/core';
import { onnxRuntime } from '@slowfast/runtime-onnx';
import { tfjsRuntime } from '@slowfast/runtime-tfjs';
import { runFolder } from '../checkpoints/run-folder.js';
import type { ClipSource } from '../clip-source.js';
import { lossOf } from '../losses.js';
import { metricsList } from '../metrics.js';
import { sgd } from '../optimizers/sgd.js';
import type { TrainOptions } from '../train-options.js';
import { train } from '../trainer.js';
import { trainingModel } from '../training-model.js';
import { multigrid, type ClipShape } from './multigrid.js';
import { runPlan } from './run-plan.js';

const WHOLE: ClipShape = { frames: 8, size: [16, 16] };
const [CLASSES, CLIPS, EPOCHS] = [2, 24, 6];

/** Convolution, batch norm, dropout; of clips of one extent. */
function graphOf({ frames, size }: ClipShape): Graph<'clip', 'scores'> {
  const g = GraphBuilder.empty('tiny');
  const x = g.input('clip', { dtype: 'float32', shape: ['N', 3, frames, ...size] });
  const s = g.scope('stem');
  const y = s.relu(s.batchNorm(s.conv3d(x, { channels: 6, kernel: [3, 3, 3], stride: [1, 2, 2] })));
  const h = g.scope('head');
  const pooled = h.dropout(g.mean(y, [2, 3, 4]), 0.2);
  return g.build({ scores: h.linear(pooled, CLASSES, 'projection') }) as Graph<'clip', 'scores'>;
}

/** Class 1 is brighter on the left, in clips of any extent; every clip of an epoch is another. */
const clips: ClipSource = {
  length: CLIPS,
  async *epoch(epoch, { from = 0, shapeAt } = {}) {
    for (let position = from; position < CLIPS; position++) {
      const { frames, size } = shapeAt?.(position) ?? WHOLE;
      const label = position % CLASSES;
      const next = keyedRandom(3, epoch, position);
      const data = Float32Array.from(
        { length: 3 * frames * size[0] * size[1] },
        (_, i) => 2 * next() - 1 + (i % size[1] < size[1] / 2 ? 2 * label - 1 : 0),
      );
      // One that cannot be used: its step is smaller.
      if (position === 5) continue;
      yield { tensor: float32Tensor([1, 3, frames, ...size], data), labels: [label], position };
    }
  },
};

const grid = multigrid({
  ...WHOLE,
  kind: 'both',
  epochs: EPOCHS,
  schedule: { kind: 'step', lr: 0.05, steps: [3, 5] },
});

type AnyRuntime = Pick<Runtime<unknown>, 'compile'>;
const runtime: AnyRuntime = onnxRuntime({ backend: 'node', threads: 1 });
const loss = lossOf({ classes: CLASSES });

async function options(own = runtime): Promise<TrainOptions<'clip'>> {
  const resized = grid.phases.flatMap((phase) => phase.shapes.map(graphOf));
  const graph = graphOf(WHOLE);
  const model = await trainingModel({ name: 'tiny', graph }, initialWeights(graph, { seed: 1 }), {
    ...{ runtime: own, loss: loss.graph, seed: 1, resized },
  });
  const feeds = (clip: Parameters<TrainOptions<'clip'>['feeds']>[0]) => ({ clip });
  return {
    ...{ model, clips, feeds, loss, ...grid, batch: 1, seed: 1 },
    optimizer: sgd(model.parameters, { momentum: 0.9 }),
  };
}

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'slowfast-multigrid-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

it('takes the shapes in turns, and more clips of the smaller ones', () => {
  const plan = runPlan({ length: CLIPS, epochs: grid.epochs, batch: 1, phases: grid.phases });
  const last = plan.epoch(grid.epochs - 1);
  const steps = Array.from({ length: last.steps }, (_, i) => last.step(i));
  expect(steps.slice(0, 4)).toEqual([
    { batch: 4, passes: 1, until: 4 },
    { batch: 2, passes: 1, until: 6 },
    { batch: 1, passes: 1, until: 7 },
    { batch: 4, passes: 1, until: 11 },
  ]);
  expect([3, 5, 6, 7].map((at) => last.shapeAt!(at).size[0])).toEqual([8, 11, 16, 8]);
  // Batch norm sees the clips of a pass, however many a long cycle's step has.
  expect(plan.epoch(0).step(0)).toEqual({ batch: 2, passes: 8, until: 16 });
  expect(plan.passes).toBe(8);
});

it('a step on clips of another extent is that of a network made for it, on either runtime', async () => {
  const shape = { frames: 2, size: [11, 11] } as const;
  const { model } = await options();
  const graph = graphOf(shape);
  const alone = await trainingModel({ name: 'tiny', graph }, model.weights(), {
    ...{ runtime, loss: loss.graph, seed: 1 },
  });
  const data = Float32Array.from({ length: 2 * 3 * 2 * 121 }, (_, i) => Math.sin(i));
  const feeds = { clip: float32Tensor([2, 3, 2, 11, 11], data) };
  const targets = loss.targets([[0], [1]]);
  const own = await model.lossAndGradients(feeds, targets);
  expect(own).toEqual(await alone.lossAndGradients(feeds, targets));
  const { model: other } = await options(tfjsRuntime({ backend: 'cpu' }));
  const { loss: same, gradients } = await other.lossAndGradients(feeds, targets);
  expect(same).toBeCloseTo(own.loss, 5);
  for (const [name, values] of gradients) {
    values.forEach((value, i) => expect(value).toBeCloseTo(own.gradients.get(name)![i]!, 4));
  }
});

it('learns, and goes on bit for bit after it was stopped in the middle of a phase', async () => {
  const [whole, parted] = [metricsList(), metricsList()];
  const expected = await train({ ...(await options()), log: whole });
  const records = (await whole.records()).filter((record) => record.kind === 'epoch');
  expect(records.at(-1)!.loss).toBeLessThan(0.6 * records[0]!.loss);
  const plan = runPlan({ length: CLIPS, epochs: grid.epochs, batch: 1, phases: grid.phases });
  expect(expected.progress.step).toBe(plan.steps);

  const stop = new AbortController();
  await using run = await runFolder(folder);
  const { stepsBefore } = plan;
  const at = stepsBefore(grid.phases[1]!.until) + 2;
  const onProgress: TrainOptions<'clip'>['onProgress'] = ({ step, steps }) => {
    expect(steps).toBe(plan.steps);
    if (step === at) stop.abort(new Error('enough'));
  };
  const stopped = { ...(await options()), folder: run, log: parted, onProgress };
  await expect(train({ ...stopped, signal: stop.signal })).rejects.toThrow('enough');
  const found = await run.latest();
  expect(found!.checkpoint.progress.step).toBe(at);
  const again = { ...(await options()), resume: found!.checkpoint, log: parted };
  const result = await train(again);
  const losses = async (log: typeof whole) =>
    (await log.records()).flatMap((record) => (record.kind === 'step' ? [record.loss] : []));
  expect(await losses(parted)).toEqual(await losses(whole));
  for (const name of expected.weights.names) {
    expect(await result.weights.read(name)).toEqual(await expected.weights.read(name));
  }
});
