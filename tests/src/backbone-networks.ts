/** @file PyTorchVideo's further backbones, composed here, with its weights by formula. */
import { readFileSync } from 'node:fs';
import { csn, r2plus1d, x3d, type ResnetBackbone } from '@slowfast/backbones';
import { fromBackboneName, type NamedBackbone } from '@slowfast/checkpoints';
import {
  composeModel,
  graphCost,
  renamedStore,
  type Head,
  type RunnableModel,
} from '@slowfast/core';
import {
  compareWithGolden,
  compareWithStage,
  formulaClip,
  formulaStore,
  parseGolden,
} from '@slowfast/core/testing';
import { classificationHead, expansionHead } from '@slowfast/heads';
import { onnxRuntime } from '@slowfast/runtime-onnx';

type OneHead = Head<'slow', 'scores'>;

/** A network of one pathway. */
export const network = (backbone: ResnetBackbone, frames: number, size: number, head: OneHead) =>
  composeModel({
    name: 'backbone',
    size,
    pathways: { slow: { backbone, frames, temporalStride: 1 } },
    head,
  });

const expanded = (): OneHead =>
  expansionHead({ pathways: ['slow'], classes: 400, inner: 432, activation: 'none' });
const classified = (activation: 'softmax' | 'none'): OneHead =>
  classificationHead({ pathways: ['slow'], classes: 400, activation });

/** By the name of the golden: whose names the weights have, and the network. */
export const BACKBONES = {
  x3d_s_160: ['x3d', () => network(x3d(), 13, 160, expanded())],
  x3d_m_224: ['x3d', () => network(x3d(), 16, 224, expanded())],
  r2plus1d_r50_224: ['r2plus1d', () => network(r2plus1d(), 16, 224, classified('softmax'))],
  csn_r101_224: ['csn', () => network(csn(), 32, 224, classified('none'))],
} as const satisfies Record<string, readonly [NamedBackbone, () => ReturnType<typeof network>]>;

const STAGES = ['stem', 'res2', 'res3', 'res4', 'res5'] as const;

/** What is not the reference's: names and shapes of parameters, cost, stages and output; `{}` is agreement. */
export async function backboneDisagreement(
  file: keyof typeof BACKBONES,
): Promise<Readonly<Record<string, unknown>>> {
  const [kind, compose] = BACKBONES[file];
  const model = compose();
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
  const theirs = new Map(
    trained.map(([name, shape]) => [fromBackboneName(kind, name) ?? name, shape.join()]),
  );
  for (const [name, { type }] of model.graph.params) {
    if (theirs.get(name) !== type.shape.join()) wrong[name] = theirs.get(name) ?? 'missing';
    theirs.delete(name);
  }
  if (theirs.size > 0) wrong['strangers'] = [...theirs.keys()];
  const weights = renamedStore(formulaStore(trained), (name) => fromBackboneName(kind, name));
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
