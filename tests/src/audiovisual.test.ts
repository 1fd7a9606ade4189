/** @file The names of audiovisual SlowFast, there and back, and its cost against PyTorchVideo's own count. */
import { readFileSync } from 'node:fs';
import { fastPlan, slowPlan } from '@slowfast/backbones';
import { detectZoo, fromZooName, toZooName, zooLayout } from '@slowfast/checkpoints';
import { graphCost, initialWeights, type HostTensor } from '@slowfast/core';
import { formulaClip, parseGolden } from '@slowfast/core/testing';
import { timeStridedConv } from '@slowfast/fusion';
import { audiovisualNetwork, catalogModel } from '@slowfast/models';
import { onnxRuntime } from '@slowfast/runtime-onnx';
import { tfjsRuntime } from '@slowfast/runtime-tfjs';

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

test('both runtimes give the same', async () => {
  const model = audiovisualNetwork({
    ...{
      name: 'small',
      depth: 18,
      width: 16,
      frames: 16,
      stride: 2,
      alpha: 4,
      beta: 1 / 8,
      size: 32,
    },
    ...{ slowKernels: slowPlan, fastKernels: fastPlan, head: { classes: 10 } },
    lateral: { via: timeStridedConv(), merge: 'concat' },
    sound: { frames: 32, mels: 16 },
  });
  const weights = initialWeights(model.graph, { seed: 1 });
  const feeds = {
    slow: formulaClip([1, 3, 4, 32, 32]),
    fast: formulaClip([1, 3, 16, 32, 32]),
    audio: formulaClip([1, 1, 32, 1, 16], 'audio'),
  };
  const scores: HostTensor[] = [];
  for (const runtime of [onnxRuntime({ backend: 'node' }), tfjsRuntime({ backend: 'wasm' })]) {
    await using compiled = await runtime.compile(model, weights);
    scores.push((await compiled.run(feeds)).scores);
  }
  const [first, second] = scores.map(({ data }) => Array.from(data as Float32Array));
  first!.forEach((value, i) => expect(value).toBeCloseTo(second![i]!, 5));
});
