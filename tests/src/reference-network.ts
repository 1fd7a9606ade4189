/** @file A reference network on a runtime: its weights, clip and stages as the reference has them. */
import { readFileSync } from 'node:fs';
import {
  renamedStore,
  type CompiledModel,
  type Graph,
  type HostTensor,
  type RunnableModel,
  type Value,
  type WeightStore,
} from '@slowfast/core';
import {
  compareWithGolden,
  compareWithStage,
  formulaClip,
  formulaStore,
  parseGolden,
  type Golden,
} from '@slowfast/core/testing';
import { gatherFrames } from '@slowfast/evaluation';
import {
  catalogModel,
  checkedModelName,
  type CatalogEntry,
  type CatalogOptions,
} from '@slowfast/models';
import { fromZooName, zooLayout, type Zoo } from '@slowfast/checkpoints';

export interface ReferenceNetwork {
  readonly file: string;
  readonly model: string;
  readonly options: CatalogOptions;
  /** This project's name of each stage of the reference. */
  readonly stages: Readonly<Record<string, string>>;
}

interface Networks {
  readonly stageNames: Readonly<Record<string, ReferenceNetwork['stages']>>;
  readonly networks: readonly (Omit<ReferenceNetwork, 'stages'> & {
    readonly stageNames: string;
  })[];
}

/** The largest difference allowed, relative to the largest value and to 1: goldens/networks/README.md. */
const TOLERANCE = 1e-4;
/** The classifier's linear layer, before any activation. */
const PROJECTION = 'head.projection';

const read = (file: string): string =>
  readFileSync(new URL(`./goldens/networks/${file}.json`, import.meta.url), 'utf8');

export function referenceNetworks(): readonly ReferenceNetwork[] {
  const { networks, stageNames } = JSON.parse(read('networks')) as Networks;
  return networks.map(({ stageNames: names, ...network }) => ({
    ...network,
    stages: stageNames[names]!,
  }));
}

/**
 * At full size, the networks that every run of the tests has: SlowFast, a non-local network, a detector. Those of
 * small size belong to them too; the rest differ in sizes alone and are the `*.reference.test.ts`.
 */
const EVERYDAY = [
  'pyslowfast_slowfast_4x16_r50_224',
  'pyslowfast_slow_nln_softmax_4x16_r50_224',
  'pyslowfast_ava_slowfast_32x2_r50_224',
];
export const isSmall = ({ file }: ReferenceNetwork): boolean => file.startsWith('lateral_');
export const isEveryday = (network: ReferenceNetwork): boolean =>
  isSmall(network) || EVERYDAY.includes(network.file);

export const goldenOf = ({ file }: ReferenceNetwork): Golden => parseGolden(read(file));

/** What disagrees with the reference, by name: every stage, the classifier and the scores; `{}` is agreement. */
export async function disagreement(
  network: ReferenceNetwork,
  compile: (model: RunnableModel, weights: WeightStore) => Promise<CompiledModel>,
): Promise<Readonly<Record<string, unknown>>> {
  const golden = goldenOf(network);
  const { model } = catalogModel(checkedModelName(network.model), network.options);
  const { stages } = network;
  await using compiled = await compile(
    withOutputs(model, [...Object.values(stages), PROJECTION]),
    formulaWeights(golden),
  );
  const outputs: Record<string, HostTensor> = await compiled.run(feeds(golden, model));
  const wrong: Record<string, unknown> = {};
  for (const [stage, expected] of Object.entries(golden.stages)) {
    const tensor = outputs[stages[stage]!]!;
    const found = compareWithStage(tensor, expected, TOLERANCE);
    const same = found.ok && close(found.mean, expected.mean) && close(found.std, expected.std);
    if (!same) wrong[stage] = { shape: tensor.shape, ...found };
  }
  const head = { scores: golden.output, [PROJECTION]: golden.projection };
  for (const [name, expected] of Object.entries(head)) {
    const found = expected && compareWithGolden(outputs[name]!, expected, TOLERANCE);
    if (found && !found.ok) wrong[name] = found;
  }
  return wrong;
}

const close = (a: number, b: number): boolean =>
  Math.abs(a - b) <= TOLERANCE * Math.max(1, Math.abs(b));

/** The network with more outputs: features by tap, other values by the name of their node. */
function withOutputs(model: CatalogEntry['model'], names: readonly string[]): RunnableModel {
  const byNode = new Map(model.graph.nodes.map(({ output }) => [output.name, output]));
  const outputs: Record<string, Value> = { ...model.graph.outputs };
  for (const name of names) outputs[name] ??= (model.taps.get(name) ?? byNode.get(name))!;
  const graph: Graph = { ...model.graph, outputs };
  return { name: model.name, graph };
}

/** Weights by formula: the reference's names seed them, so they are made under those and renamed. */
function formulaWeights({ params, naming }: Golden): WeightStore {
  const trained = params.filter(([name]) => !name.endsWith('num_batches_tracked'));
  const layout = zooLayout(
    naming as Zoo,
    trained.map(([name]) => name),
  );
  return renamedStore(formulaStore(trained), (name) => fromZooName(naming as Zoo, name, layout));
}

function feeds({ input }: Golden, { graph }: CatalogEntry['model']): Record<string, HostTensor> {
  const clip = formulaClip(input.clip);
  if (!input.slowIndices) return { [Object.keys(graph.inputs)[0]!]: clip };
  const pathways = { slow: gatherFrames([clip], input.slowIndices), fast: clip };
  if (!input.boxes) return pathways;
  const data = Float32Array.from(input.boxes.flat());
  return { ...pathways, boxes: { dtype: 'float32', shape: [input.boxes.length, 5], data } };
}
