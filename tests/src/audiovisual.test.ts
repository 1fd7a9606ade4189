/** @file The names of audiovisual SlowFast, there and back, and its cost against PyTorchVideo's own count. */
import { readFileSync } from 'node:fs';
import { fastPlan, slowPlan } from '@slowfast/backbones';
import { detectZoo, fromZooName, toZooName, zooLayout } from '@slowfast/checkpoints';
import { graphCost, initialWeights, type HostTensor, type Runtime } from '@slowfast/core';
import { formulaClip, parseGolden } from '@slowfast/core/testing';
import { timeStridedConv } from '@slowfast/fusion';
import { audiovisualNetwork, catalogModel } from '@slowfast/models';
import { onnxRuntime } from '@slowfast/runtime-onnx';
import { tfjsRuntime } from '@slowfast/runtime-tfjs';
import { lossOf, plainInitialWeights, trainingModel } from '@slowfast/training';

const LATERAL = 'lateral.audio_to_slow.';
const path = './goldens/backbones/pytorchvideo_audiovisual_slowfast_8x4_r50_224.json';
const text = readFileSync(new URL(path, import.meta.url), 'utf8');
const { params } = parseGolden(text);
const shapes = new Map(
  params
    .filter(([name]) => !name.endsWith('num_batches_tracked'))
    .map(([name, shape]) => [name, shape.join()]),
);

test('parameters have the names, shapes and number of PyTorchVideo’s, and the network its multiply-adds', () => {
  const { model } = catalogModel('avslowfast-8x8-r50', { zoo: 'pytorchvideo', size: 224 });
  const layout = zooLayout('pytorchvideo', shapes.keys());
  expect(detectZoo(shapes.keys())).toBe('pytorchvideo');
  expect(layout.pathways).toEqual(['slow', 'fast', 'audio']);
  const own = new Map([...model.graph.params].map(([name, { type }]) => [name, type.shape.join()]));
  const renamed = [...shapes].map(
    ([name, shape]) => [fromZooName('pytorchvideo', name, layout), shape] as const,
  );
  expect(new Map(renamed)).toEqual(own);
  const back = [...own.keys()].map((name) => toZooName('pytorchvideo', name, layout)!);
  expect(back.sort()).toEqual([...shapes.keys()].sort());
  expect(detectZoo(own.keys())).toBe('slowfast');
  expect(zooLayout('slowfast', own.keys()).pathways).toEqual(layout.pathways);
  const { convLinearMacs, paramCount } = JSON.parse(text) as Record<string, number>;
  expect(graphCost(model.graph)).toMatchObject({
    convLinear: convLinearMacs,
    parameters: paramCount,
  });
});

const small = (activation: 'softmax' | 'none' = 'softmax') =>
  audiovisualNetwork({
    ...{ name: 'small', depth: 18, width: 8, frames: 16, stride: 2, alpha: 4, beta: 1 / 8 },
    ...{ slowKernels: slowPlan, fastKernels: fastPlan, size: 32 },
    head: { classes: 10, activation, dropout: 0 },
    lateral: { via: timeStridedConv(), merge: 'concat' },
    sound: { frames: 32, mels: 16 },
  });
const feedsOf = (clips: number) => ({
  slow: formulaClip([clips, 3, 4, 32, 32]),
  fast: formulaClip([clips, 3, 16, 32, 32]),
  audio: formulaClip([clips, 1, 32, 1, 16], 'audio'),
});

test('both runtimes give the same', async () => {
  const model = small();
  const weights = initialWeights(model.graph, { seed: 1 });
  const feeds = feedsOf(1);
  const scores: HostTensor[] = [];
  for (const runtime of [onnxRuntime({ backend: 'node' }), tfjsRuntime({ backend: 'wasm' })]) {
    await using compiled = await runtime.compile(model, weights);
    scores.push((await compiled.run(feeds)).scores);
  }
  const [first, second] = scores.map(({ data }) => Array.from(data as Float32Array));
  first!.forEach((value, i) => expect(value).toBeCloseTo(second![i]!, 5));
});

describe('DropPathway', () => {
  const model = small('none');
  const values = [...model.additions]
    .filter(([place]) => place.startsWith('audio->'))
    .map(([, { name }]) => name);
  const { graph: loss, targets } = lossOf({ classes: 10 });
  const classes = targets([[3], [7]]);
  const inTraining = (runtime: Pick<Runtime<unknown>, 'compile'>, rate: number) =>
    trainingModel(model, plainInitialWeights(model.graph, { seed: 1 }), {
      ...{ runtime, loss, dropPathway: { rate, values } },
    });
  const onnx = onnxRuntime({ backend: 'node', threads: 1 });
  const norm = `${LATERAL}res3.expand.norm.running_mean`;

  test('drops what sound brings to the pictures, for a whole batch, as often as it says', async () => {
    expect(values).toHaveLength(4);
    await using training = await inTraining(onnx, 0.8);
    const losses = new Set<number>();
    let dropped = 0;
    for (let step = 0; step < 12; step++) {
      const { loss, gradients, statistics } = await training.lossAndGradients(feedsOf(2), classes, {
        step,
      });
      losses.add(loss);
      const ofLateral = [...gradients].filter(([name]) => name.startsWith(LATERAL));
      expect(ofLateral).toHaveLength(4 * 6);
      const isDropped = ofLateral.every(([, data]) => data.every((value) => value === 0));
      // Its norms have seen nothing then; the classifier hears on.
      expect(statistics.has(norm)).toBe(!isDropped);
      expect(gradients.get('audio.stem.time.weight')!.some((value) => value !== 0)).toBe(true);
      if (isDropped) dropped++;
    }
    expect(losses.size).toBe(2);
    expect([dropped > 6, dropped < 12]).toEqual([true, true]);
  });

  test('loss and gradients are those of connections that bring zeros, on both runtimes', async () => {
    for (const runtime of [onnx, tfjsRuntime({ backend: 'wasm' })]) {
      await using dropped = await inTraining(runtime, 0.999);
      await using silent = await inTraining(runtime, 0);
      for (const { name, data } of silent.parameters) {
        if (name.startsWith(LATERAL) && /expand\.norm\.(?:weight|bias)$/.test(name)) data.fill(0);
      }
      const [one, other] = [
        await dropped.lossAndGradients(feedsOf(2), classes),
        await silent.lossAndGradients(feedsOf(2), classes),
      ];
      expect(one.loss).toBeCloseTo(other.loss, 5);
      for (const [name, data] of one.gradients) {
        if (name.startsWith(LATERAL)) continue;
        const own = other.gradients.get(name)!;
        const size = own.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        const off = data.reduce((most, value, i) => Math.max(most, Math.abs(value - own[i]!)), 0);
        expect([name, off <= 1e-4 * size]).toEqual([name, true]);
      }
    }
  });
});
