import { initialWeights } from '@slowfast/core';
import { fastPlan, slowPlan } from '@slowfast/backbones';
import { slowFastNetwork } from '@slowfast/models';
import { onnxRuntime } from '@slowfast/runtime-onnx';
import { formulaClip } from '@slowfast/core/testing';
import { lossOf, trainingModel, type TrainingModel } from '@slowfast/training';

const CLIPS = 2;
const network = slowFastNetwork({
  ...{ name: 'net', depth: 18, frames: 8, stride: 2, size: 32, width: 8, alpha: 4, beta: 1 / 4 },
  ...{ slowKernels: slowPlan, fastKernels: fastPlan },
  head: { classes: 3, pool: 'global', activation: 'none', dropout: 0 },
});
const loss = lossOf({ classes: 3 });
const modelWithin = (bytes: number): Promise<TrainingModel<'slow' | 'fast', 'scores'>> =>
  trainingModel(network, initialWeights(network.graph, { seed: 1 }), {
    runtime: onnxRuntime({ threads: 1 }),
    loss: loss.graph,
    memory: { bytes, clips: CLIPS },
  });

it('computes as few stages twice as the limit needs, with the same gradients', async () => {
  await using plain = await modelWithin(Infinity);
  expect(plain.twice).toEqual([]);
  await using thrifty = await modelWithin(plain.stepBytes(CLIPS) - 1);
  expect(thrifty.twice).toEqual(['res2']);
  expect(thrifty.stepBytes(CLIPS)).toBeLessThan(plain.stepBytes(CLIPS));
  const feeds = {
    slow: formulaClip([CLIPS, 3, 2, 32, 32], 'slow'),
    fast: formulaClip([CLIPS, 3, 8, 32, 32], 'fast'),
  };
  const targets = loss.targets([[0], [2]]);
  const expected = await plain.lossAndGradients(feeds, targets);
  const found = await thrifty.lossAndGradients(feeds, targets);
  expect(found.loss).toBe(expected.loss);
  for (const [name, gradient] of expected.gradients) {
    const scale = gradient.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-6);
    const worst = found.gradients
      .get(name)!
      .reduce((most, value, i) => Math.max(most, Math.abs(value - gradient[i]!)), 0);
    expect([name, worst / scale < 1e-6]).toEqual([name, true]);
  }
});

it('refuses a limit that no recomputation keeps to', async () => {
  await expect(modelWithin(1e8)).rejects.toThrow(
    /^memory: expected a step of at most 0\.1 GB, received about 0\.\d GB with every stage computed twice\. Take fewer clips/,
  );
});
