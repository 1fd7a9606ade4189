/** @file Audiovisual SlowFast of the catalog against PyTorchVideo's, with its weights by formula. */
import { readFileSync } from 'node:fs';
import { fromZooName, zooLayout } from '@slowfast/checkpoints';
import { pathwayFrameIndices, renamedStore, type RunnableModel } from '@slowfast/core';
import {
  compareWithGolden,
  compareWithStage,
  formulaClip,
  formulaStore,
  parseGolden,
} from '@slowfast/core/testing';
import { gatherFrames } from '@slowfast/evaluation';
import { catalogModel } from '@slowfast/models';
import { onnxRuntime } from '@slowfast/runtime-onnx';

const PATHWAYS = ['slow', 'fast', 'audio'] as const;

test('every stage and the scores are those of PyTorchVideo', async () => {
  const path = './goldens/backbones/pytorchvideo_audiovisual_slowfast_8x4_r50_224.json';
  const golden = parseGolden(readFileSync(new URL(path, import.meta.url), 'utf8'));
  const trained = golden.params.filter(([name]) => !name.endsWith('num_batches_tracked'));
  const names = trained.map(([name]) => name);
  const layout = zooLayout('pytorchvideo', names);
  const weights = renamedStore(formulaStore(trained), (name) =>
    fromZooName('pytorchvideo', name, layout),
  );
  const { model } = catalogModel('avslowfast-8x8-r50', { zoo: 'pytorchvideo', size: 224 });
  const taps = PATHWAYS.flatMap((pathway) =>
    (['stem', 'res2', 'res3', 'res4', 'res5'] as const).map((stage, i) => {
      const raw = model.taps.get(`${pathway}.${stage}`)!;
      const value = model.taps.get(`${pathway}.${stage}.fused`) ?? raw;
      return [`blocks.${i}.pathway${PATHWAYS.indexOf(pathway)}`, value] as const;
    }),
  );
  const outputs = { ...model.graph.outputs, ...Object.fromEntries(taps) };
  const runnable: RunnableModel = { name: 'golden', graph: { ...model.graph, outputs } };
  const runtime = onnxRuntime({ backend: 'node', threads: 2 });
  await using compiled = await runtime.compile(runnable, weights);
  const clip = formulaClip(golden.input.clip);
  const values = await compiled.run({
    slow: gatherFrames([clip], pathwayFrameIndices(32, 8, 'linspace')),
    fast: clip,
    audio: formulaClip([1, 1, 128, 1, 80], 'audio'),
  });
  for (const [stage] of taps) {
    expect([stage, compareWithStage(values[stage]!, golden.stages[stage]!, 1e-4)]).toMatchObject([
      stage,
      { ok: true },
    ]);
  }
  expect(compareWithGolden(values['scores']!, golden.output, 1e-4)).toMatchObject({ ok: true });
}, 300_000);
