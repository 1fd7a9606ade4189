/** @file PoseC3D against mmaction2's own network by its own configuration: names, cost and values. */
import { readFileSync } from 'node:fs';
import { fromZooName, toZooName, zooLayout } from '@slowfast/checkpoints';
import { graphCost, renamedStore, type HostTensor, type RunnableModel } from '@slowfast/core';
import {
  compareWithGolden,
  compareWithStage,
  formulaClip,
  formulaStore,
  parseGolden,
} from '@slowfast/core/testing';
import { catalogModel } from '@slowfast/models';
import { onnxRuntime } from '@slowfast/runtime-onnx';
import { tfjsRuntime } from '@slowfast/runtime-tfjs';

const text = readFileSync(
  new URL('./goldens/backbones/mmaction2_posec3d_slowonly_r50_32.json', import.meta.url),
  'utf8',
);
const golden = parseGolden(text);
const { convLinearMacs, paramCount } = JSON.parse(text) as Record<string, number>;
const { model } = catalogModel('posec3d-slowonly-r50', { classes: 60, size: 32 });
const theirs = golden.params.map(([name]) => name);
const layout = zooLayout('mmaction2', theirs);

test('has its parameters, under names that go there and back, and its cost', () => {
  const ours = theirs.map((name) => fromZooName('mmaction2', name, layout)!);
  expect(new Map(ours.map((name, i) => [name, golden.params[i]![1]]))).toEqual(
    new Map([...model.graph.params.values()].map(({ name, type }) => [name, type.shape])),
  );
  expect(ours.map((name) => toZooName('mmaction2', name, layout))).toEqual(theirs);
  expect(graphCost(model.graph)).toMatchObject({
    convLinear: convLinearMacs,
    parameters: paramCount,
  });
});

test('gives what it gives', async () => {
  const weights = renamedStore(formulaStore(golden.params), (name) =>
    fromZooName('mmaction2', name, layout),
  );
  const taps = (['stem', 'res2', 'res3', 'res4'] as const).map(
    (stage) => [stage, model.taps.get(`slow.${stage}`)!] as const,
  );
  const outputs = { ...model.graph.outputs, ...Object.fromEntries(taps) };
  const runnable: RunnableModel = { name: model.name, graph: { ...model.graph, outputs } };
  const runtime = onnxRuntime({ backend: 'node', threads: 2 });
  await using compiled = await runtime.compile(runnable, weights);
  const values = await compiled.run({ slow: formulaClip(golden.input.clip) });
  for (const [stage] of taps) {
    expect(compareWithStage(values[stage]!, golden.stages[stage]!, 1e-4)).toMatchObject({
      ok: true,
    });
  }
  expect(compareWithGolden(values['scores']!, golden.output, 1e-4)).toMatchObject({ ok: true });
}, 60_000);

test('is the same on both runtimes', async () => {
  const small = catalogModel('posec3d-slowonly-r50', { classes: 5, size: 32, frames: 8, width: 8 });
  const params = [...small.model.graph.params.values()];
  const weights = formulaStore(params.map(({ name, type }) => [name, type.shape as number[]]));
  const clip = formulaClip([2, 17, 8, 32, 32]);
  const scores: HostTensor[] = [];
  for (const runtime of [onnxRuntime({ backend: 'node' }), tfjsRuntime({ backend: 'wasm' })]) {
    await using compiled = await runtime.compile(small.model, weights);
    scores.push((await compiled.run({ slow: clip })).scores);
  }
  scores[0]!.data.forEach((value, i) => expect(scores[1]!.data[i]).toBeCloseTo(Number(value), 3));
});
