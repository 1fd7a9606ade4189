/**
 * @file Reference networks through TensorFlow.js on WebAssembly (or what SLOWFAST_TFJS_BACKENDS names): the five kinds of lateral connections, and
 * at full size SlowFast, a non-local network and I3D. Every stage and the classifier agree with what the
 * reference implementations computed on the same formula weights and clip.
 */
import { readFileSync } from 'node:fs';
import {
  renamedStore,
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
import {
  catalogModel,
  checkedModelName,
  type CatalogEntry,
  type CatalogOptions,
} from '@slowfast/models';
import { fromZooName, zooLayout, type Zoo } from '@slowfast/checkpoints';
import { tfjsRuntime, type TfjsBackendName } from '@slowfast/runtime-tfjs';

const BACKENDS = (process.env['SLOWFAST_TFJS_BACKENDS']?.split(',') ?? [
  'wasm',
]) as TfjsBackendName[];

interface Networks {
  readonly stageNames: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly networks: readonly {
    readonly file: string;
    readonly model: string;
    readonly options: CatalogOptions;
    readonly stageNames: string;
  }[];
}

const goldens = new URL('./goldens/networks/', import.meta.url);
const read = (file: string): unknown => JSON.parse(readFileSync(new URL(file, goldens), 'utf8'));
const { networks, stageNames } = read('networks.json') as Networks;

/** The largest difference allowed, relative to the largest value and to 1: goldens/README.md. */
const TOLERANCE = 1e-4;

/** At full size: the others differ from these in sizes alone. */
const FULL_SIZE = [
  'pyslowfast_slowfast_4x16_r50_256',
  'pyslowfast_slow_nln_softmax_4x16_r50_224',
  'pyslowfast_i3d_8x8_r50_224',
];
const runs = networks.filter(({ file }) => file.startsWith('lateral_') || FULL_SIZE.includes(file));

test('there are five kinds of laterals and three networks of full size', () => {
  expect(runs).toHaveLength(8);
});

describe.each(runs)('$file', ({ file, model: name, options, stageNames: names }) => {
  it.each(BACKENDS)('agrees with the reference on %s', async (backend) => {
    const golden = parseGolden(read(`${file}.json`));
    const { model } = catalogModel(checkedModelName(name), options);
    const wanted = stageNames[names]!;
    await using compiled = await tfjsRuntime({ backend }).compile(
      withStages(model, Object.values(wanted)),
      formulaWeights(golden),
    );
    const outputs = await compiled.run(feeds(golden, model));
    const disagreeing = Object.entries(golden.stages).flatMap(([stage, expected]) => {
      const tensor = outputs[wanted[stage]!]!;
      const { ok, maxAbsDiff, limit, mean, std } = compareWithStage(tensor, expected, TOLERANCE);
      const close = (a: number, b: number): boolean =>
        Math.abs(a - b) <= TOLERANCE * Math.max(1, Math.abs(b));
      const same = ok && close(mean, expected.mean) && close(std, expected.std);
      return same ? [] : [{ stage, shape: tensor.shape, maxAbsDiff, limit, mean, std }];
    });
    expect(disagreeing).toEqual([]);
    const head = compareWithGolden(outputs['scores']!, golden.output, TOLERANCE);
    expect(head).toMatchObject({ ok: true });
    if (golden.projection) {
      const logits = compareWithGolden(outputs['head.projection']!, golden.projection, TOLERANCE);
      expect(logits).toMatchObject({ ok: true });
    }
  });
});

/** The network with more outputs: features by tap, other values by the name of their node. */
function withStages(model: CatalogEntry['model'], names: readonly string[]): RunnableModel {
  const byNode = new Map(model.graph.nodes.map(({ output }) => [output.name, output]));
  const outputs: Record<string, Value> = { ...model.graph.outputs };
  for (const name of [...names, 'head.projection']) {
    outputs[name] ??= (model.taps.get(name) ?? byNode.get(name))!;
  }
  const graph: Graph = { ...model.graph, outputs };
  return { name: model.name, graph };
}

/** Weights by formula: the reference's names seed them, so they are made under those and renamed. */
function formulaWeights({ params, naming }: Golden): WeightStore {
  const names = params.map(([name]) => name);
  const layout = zooLayout(naming as Zoo, names);
  const trained = params.filter(([name]) => !name.endsWith('num_batches_tracked'));
  return renamedStore(formulaStore(trained), (name) => fromZooName(naming as Zoo, name, layout));
}

function feeds(
  { input }: Golden,
  { graph }: CatalogEntry['model'],
): Readonly<Record<string, HostTensor>> {
  const clip = formulaClip(input.clip);
  if (!input.slowIndices) return { [Object.keys(graph.inputs)[0]!]: clip };
  return { slow: framesOf(clip, input.slowIndices), fast: clip };
}

/** The given frames of a clip `[1, C, T, H, W]`. */
function framesOf(clip: HostTensor<'float32'>, indices: readonly number[]): HostTensor {
  const [, channels, frames, height, width] = clip.shape as [
    number,
    number,
    number,
    number,
    number,
  ];
  const area = height * width;
  const data = new Float32Array(channels * indices.length * area);
  for (let c = 0; c < channels; c++) {
    indices.forEach((index, t) => {
      const from = (c * frames + index) * area;
      data.set(clip.data.subarray(from, from + area), (c * indices.length + t) * area);
    });
  }
  return { dtype: 'float32', shape: [1, channels, indices.length, height, width], data };
}
