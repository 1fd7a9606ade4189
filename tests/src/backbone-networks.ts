/** @file PyTorchVideo's and mmaction2's further backbones, composed here, with their weights by formula. */
import { readFileSync } from 'node:fs';
import { fromZooName, zooLayout } from '@slowfast/checkpoints';
import { csn, movinet, resnet, slowPlan } from '@slowfast/backbones';
import {
  composeModel,
  graphCost,
  renamedStore,
  type Model,
  type Pathways,
  type RunnableModel,
  type WeightStore,
} from '@slowfast/core';
import {
  compareWithGolden,
  compareWithStage,
  formulaClip,
  formulaStore,
  parseGolden,
} from '@slowfast/core/testing';
import { classificationHead, expansionHead } from '@slowfast/heads';
import { catalogModel } from '@slowfast/models';
import { onnxRuntime } from '@slowfast/runtime-onnx';

/** By the name of the golden, which begins with the zoo whose conventions it has: the network, at the size of the golden. */
export const BACKBONES = {
  pytorchvideo_x3d_s_160: ['x3d-s', { size: 160 }],
  pytorchvideo_x3d_m_224: ['x3d-m', { size: 224 }],
  pytorchvideo_r2plus1d_r50_224: ['r2plus1d-16x4-r50', { size: 224 }],
  pytorchvideo_csn_r101_224: ['ir-csn-32x2-r101', { size: 224 }],
  mmaction2_ircsn_r50_64: ['ir-csn-32x2-r50', { size: 64, frames: 8 }],
  mmaction2_ipcsn_r152_64: ['ip-csn-32x2-r152', { size: 64, frames: 8 }],
} as const;

const STAGES = ['stem', 'res2', 'res3', 'res4', 'res5'] as const;

/** What is not the reference's: names and shapes of parameters, cost, stages and output; `{}` is agreement. */
export async function backboneDisagreement(
  file: keyof typeof BACKBONES,
): Promise<Readonly<Record<string, unknown>>> {
  const [name, options] = BACKBONES[file];
  const zoo = file.startsWith('mmaction2') ? 'mmaction2' : 'pytorchvideo';
  const { model } = catalogModel(name, { zoo, ...options });
  const text = readFileSync(new URL(`./goldens/backbones/${file}.json`, import.meta.url), 'utf8');
  const golden = parseGolden(text);
  const { convLinearMacs, paramCount } = JSON.parse(text) as Record<string, number>;
  const { convLinear, parameters } = graphCost(model.graph);
  const wrong: Record<string, unknown> = {};
  if (convLinear !== convLinearMacs || parameters !== paramCount) {
    wrong['cost'] = { convLinear, parameters };
  }
  const trained = golden.params.filter(([name]) => !name.endsWith('num_batches_tracked'));
  const layout = zooLayout(
    zoo,
    trained.map(([param]) => param),
  );
  const ours = (param: string): string | undefined => fromZooName(zoo, param, layout);
  const theirs = new Map(trained.map(([param, shape]) => [ours(param) ?? param, shape.join()]));
  for (const [param, { type }] of model.graph.params) {
    if (theirs.get(param) !== type.shape.join()) wrong[param] = theirs.get(param) ?? 'missing';
    theirs.delete(param);
  }
  if (theirs.size > 0) wrong['strangers'] = [...theirs.keys()];
  const weights = renamedStore(formulaStore(trained), ours);
  return {
    ...wrong,
    ...(await valuesDisagreement(model, weights, golden, (i) =>
      zoo === 'mmaction2' ? STAGES[i]! : `blocks.${i}.pathway0`,
    )),
  };
}

type Golden = ReturnType<typeof parseGolden>;

/** Which stages and scores of a model are not the golden's. */
async function valuesDisagreement(
  model: Model<Pathways, 'scores'>,
  weights: WeightStore,
  golden: Golden,
  stageName: (i: number) => string,
): Promise<Readonly<Record<string, unknown>>> {
  const wrong: Record<string, unknown> = {};
  const taps = STAGES.map((stage) => [stage, model.taps.get(`slow.${stage}`)!] as const);
  const outputs = { ...model.graph.outputs, ...Object.fromEntries(taps) };
  const runnable: RunnableModel = { name: golden.name, graph: { ...model.graph, outputs } };
  const runtime = onnxRuntime({ backend: 'node', threads: 2 });
  await using compiled = await runtime.compile(runnable, weights);
  const values = await compiled.run({ slow: formulaClip(golden.input.clip) });
  STAGES.forEach((stage, i) => {
    const found = compareWithStage(values[stage]!, golden.stages[stageName(i)]!, 1e-4);
    if (!found.ok) wrong[stage] = found;
  });
  const scores = compareWithGolden(values['scores']!, golden.output, 1e-4);
  return scores.ok ? wrong : { ...wrong, scores };
}

const classified = classificationHead({ pathways: ['slow'], classes: 400, activation: 'none' });

/** Networks of `reference_networks.py`. */
export const WRITTEN_DOWN = {
  ip_csn_101: { backbone: csn({ interactions: 'ip' }), head: classified },
  resnext_50: {
    backbone: resnet({ depth: 50, temporalKernels: slowPlan, groups: 32, innerRatio: 2 }),
    head: classified,
  },
  movinet_a0: {
    backbone: movinet(),
    head: expansionHead({
      ...{ pathways: ['slow'], classes: 400, activation: 'none' },
      ...{ inner: 480, style: 'movinet' },
    }),
  },
} as const;

/** What is not as PyTorch's functions give it; `{}` is agreement. */
export async function writtenDownDisagreement(
  name: keyof typeof WRITTEN_DOWN,
): Promise<Readonly<Record<string, unknown>>> {
  const path = `./goldens/backbones/reference_${name}.json`;
  const golden = parseGolden(readFileSync(new URL(path, import.meta.url), 'utf8'));
  const { backbone, head } = WRITTEN_DOWN[name];
  const [, , frames, size] = golden.input.clip as [number, number, number, number];
  const pathways = { slow: { backbone, frames, temporalStride: 1 } };
  const model = composeModel({ name, size, pathways, head });
  const params = [...model.graph.params.values()];
  const weights = formulaStore(params.map(({ name, type }) => [name, type.shape as number[]]));
  return valuesDisagreement(model, weights, golden, (i) => STAGES[i]!);
}
