import { float32Tensor, GraphBuilder, initialWeights } from '@slowfast/core';
import { onnxRuntime } from '@slowfast/runtime-onnx';
import type { ClipSource } from './clip-source.js';
import { pathwayFeeds } from '@slowfast/evaluation';
import { lossOf } from './losses.js';
import { preciseStatistics } from './precise-batch-norm.js';
import { trainingModel } from './training-model.js';

it('is mean and variance over all batches as one', async () => {
  const g = GraphBuilder.empty('norm');
  const clip = g.input('clip', { dtype: 'float32', shape: ['N', 1, 1, 1, 2] });
  const graph = g.build({ scores: g.mean(g.batchNorm(clip), [2, 3, 4]) });
  const model = await trainingModel({ name: 'norm', graph }, initialWeights(graph), {
    runtime: onnxRuntime({ threads: 1 }),
    loss: lossOf({ classes: 1 }).graph,
  });
  const values = [1, 2, 5, 9, -3, 0.5, 7, 4];
  const clips: ClipSource = {
    length: 4,
    async *epoch() {
      for (let position = 0; position < 4; position++) {
        const data = Float32Array.from(values.slice(2 * position, 2 * position + 2));
        yield { tensor: float32Tensor([1, 1, 1, 1, 2], data), labels: [0], position };
      }
    },
  };
  const feeds = pathwayFeeds(['clip'], { clip: { frames: 1, stride: 1, fps: 1 }, pathways: {} });
  const found = await preciseStatistics(model, { clips, feeds, batch: 2, batches: 9, epoch: 0 });
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const halves = [values.slice(0, 4), values.slice(4)].map((half) => {
    const own = half.reduce((sum, x) => sum + x, 0) / 4;
    return { own, variance: half.reduce((sum, x) => sum + (x - own) ** 2, 0) / 3 };
  });
  const between = halves.reduce((sum, { own }) => sum + (own - mean) ** 2, 0) / 2;
  const variance = (halves[0]!.variance + halves[1]!.variance) / 2 + between;
  const get = (end: string): number => [...found].find(([name]) => name.endsWith(end))![1].data[0]!;
  expect(get('running_mean')).toBeCloseTo(mean, 5);
  expect(get('running_var')).toBeCloseTo(variance, 4);
});
