/** @file PyTorchVideo's further backbones, composed here, with its weights by formula. */
import { readFileSync } from 'node:fs';
import { fromZooName, zooLayout } from '@slowfast/checkpoints';
import { graphCost, renamedStore, type RunnableModel } from '@slowfast/core';
import {
  compareWithGolden,
  compareWithStage,
  formulaClip,
  formulaStore,
  parseGolden,
} from '@slowfast/core/testing';
import { catalogModel } from '@slowfast/models';
import { onnxRuntime } from '@slowfast/runtime-onnx';

/** By the name of the golden: the network, with PyTorchVideo's conventions at the size of the golden. */
export const BACKBONES = {
  x3d_s_160: ['x3d-s', 160],
  x3d_m_224: ['x3d-m', 224],
  r2plus1d_r50_224: ['r2plus1d-16x4-r50', 224],
  csn_r101_224: ['ir-csn-32x2-r101', 224],
} as const;

const STAGES = ['stem', 'res2', 'res3', 'res4', 'res5'] as const;

/** What is not the reference's: names and shapes of parameters, cost, stages and output; `{}` is agreement. */
export async function backboneDisagreement(
  file: keyof typeof BACKBONES,
): Promise<Readonly<Record<string, unknown>>> {
  const [name, size] = BACKBONES[file];
  const { model } = catalogModel(name, { zoo: 'pytorchvideo', size });
  const text = readFileSync(
    new URL(`./goldens/backbones/pytorchvideo_${file}.json`, import.meta.url),
    'utf8',
  );
  const golden = parseGolden(text);
  const { convLinearMacs, paramCount } = JSON.parse(text) as Record<string, number>;
  const { convLinear, parameters } = graphCost(model.graph);
  const wrong: Record<string, unknown> = {};
  if (convLinear !== convLinearMacs || parameters !== paramCount) {
    wrong['cost'] = { convLinear, parameters };
  }
  const trained = golden.params.filter(([name]) => !name.endsWith('num_batches_tracked'));
  const layout = zooLayout(
    'pytorchvideo',
    trained.map(([param]) => param),
  );
  const ours = (param: string): string | undefined => fromZooName('pytorchvideo', param, layout);
  const theirs = new Map(trained.map(([param, shape]) => [ours(param) ?? param, shape.join()]));
  for (const [param, { type }] of model.graph.params) {
    if (theirs.get(param) !== type.shape.join()) wrong[param] = theirs.get(param) ?? 'missing';
    theirs.delete(param);
  }
  if (theirs.size > 0) wrong['strangers'] = [...theirs.keys()];
  const weights = renamedStore(formulaStore(trained), ours);
  const taps = STAGES.map((stage) => [stage, model.taps.get(`slow.${stage}`)!] as const);
  const outputs = { ...model.graph.outputs, ...Object.fromEntries(taps) };
  const runnable: RunnableModel = { name: file, graph: { ...model.graph, outputs } };
  const runtime = onnxRuntime({ backend: 'node', threads: 2 });
  await using compiled = await runtime.compile(runnable, weights);
  const values = await compiled.run({ slow: formulaClip(golden.input.clip) });
  STAGES.forEach((stage, i) => {
    const found = compareWithStage(values[stage]!, golden.stages[`blocks.${i}.pathway0`]!, 1e-4);
    if (!found.ok) wrong[stage] = found;
  });
  const scores = compareWithGolden(values['scores']!, golden.output, 1e-4);
  return scores.ok ? wrong : { ...wrong, scores };
}
