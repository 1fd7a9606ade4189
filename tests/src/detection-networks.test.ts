/**
 * @file The reference detectors at full size through both runtimes: scores of boxes, logits and every stage
 * agree with what the reference implementations computed on the same formula weights, clip and boxes.
 */
import { readFileSync } from 'node:fs';
import {
  float32Tensor,
  graphCost,
  pathwayFrameIndices,
  renamedStore,
  type Graph,
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
import { catalogModel, type CatalogEntry, type CatalogOptions } from '@slowfast/models';
import { fromZooName, zooLayout, type Zoo } from '@slowfast/checkpoints';
import { onnxRuntime } from '@slowfast/runtime-onnx';
import { tfjsRuntime } from '@slowfast/runtime-tfjs';

const MODEL = 'slowfast-8x8-r50-ava';
const RUNTIMES = {
  'ONNX Runtime': (model: RunnableModel, weights: WeightStore) =>
    onnxRuntime().compile(model, weights),
  'TensorFlow.js': (model: RunnableModel, weights: WeightStore) =>
    tfjsRuntime().compile(model, weights, { backend: 'wasm' }),
};
const NETWORKS: readonly (readonly [file: string, options: CatalogOptions])[] = [
  ['pyslowfast_ava_slowfast_32x2_r50_224', { size: 224, aligned: true }],
  ['pytorchvideo_slowfast_r50_detection_224', { size: 224, zoo: 'pytorchvideo' }],
];

/** The largest difference allowed, relative to the largest value and to 1: goldens/README.md. */
const TOLERANCE = 1e-4;
/** The reference counts its classifier once for each box. */
const CLASSIFIER = 80 * 2304;

describe.each(NETWORKS)('%s', (file, options) => {
  const url = new URL(`./goldens/networks/${file}.json`, import.meta.url);
  const golden = parseGolden(readFileSync(url, 'utf8'));
  const entry = catalogModel(MODEL, options);
  const boxes = golden.input.boxes!;

  it('costs what the reference costs', () => {
    const cost = graphCost(entry.model.graph);
    expect(cost.parameters).toBe(golden.paramCount);
    const perBox = (boxes.length - 1) * CLASSIFIER;
    expect(cost.convLinear + perBox).toBe(golden.convLinearMacs);
  });

  it.each(Object.keys(RUNTIMES) as (keyof typeof RUNTIMES)[])('agrees on %s', async (runtime) => {
    const { slow, fast } = feeds(golden, entry);
    const named = Object.entries(golden.stages).map(([stage]) => [stage, tapOf(stage)] as const);
    await using compiled = await RUNTIMES[runtime](
      withOutputs(entry.model, [...named.map(([, tap]) => tap), 'head.projection']),
      formulaWeights(golden),
    );
    const outputs = await compiled.run({
      slow,
      fast,
      boxes: float32Tensor([boxes.length, 5], Float32Array.from(boxes.flat())),
    });
    const disagreeing = named.flatMap(([stage, tap]) => {
      const expected = golden.stages[stage]!;
      const { ok, mean, std, ...rest } = compareWithStage(outputs[tap]!, expected, TOLERANCE);
      const close = (a: number, b: number): boolean =>
        Math.abs(a - b) <= TOLERANCE * Math.max(1, Math.abs(b));
      const same = ok && close(mean, expected.mean) && close(std, expected.std);
      return same ? [] : [{ stage, shape: outputs[tap]!.shape, mean, std, ...rest }];
    });
    expect(disagreeing).toEqual([]);
    expect(compareWithGolden(outputs['scores']!, golden.output, TOLERANCE)).toMatchObject({
      ok: true,
    });
    if (golden.projection) {
      const logits = compareWithGolden(outputs['head.projection']!, golden.projection, TOLERANCE);
      expect(logits).toMatchObject({ ok: true });
    }
  });
});

/** The tap, or node of the head, that is a stage of the reference. */
function tapOf(stage: string): string {
  const [, number, fused, pathway] = /^(?:s(\d)(_fuse)?|blocks\.\d)\.pathway(\d)$/.exec(stage)!;
  const block = /^blocks\.(\d)/.exec(stage)?.[1];
  if (block === '5') return 'head.concat';
  const index = block === undefined ? Number(number) - 1 : Number(block);
  const name = `${pathway === '0' ? 'slow' : 'fast'}.${index === 0 ? 'stem' : `res${index + 1}`}`;
  const isFused = pathway === '0' && index < 4 && (block !== undefined || fused !== undefined);
  return isFused ? `${name}.fused` : name;
}

function withOutputs(model: CatalogEntry['model'], names: readonly string[]): RunnableModel {
  const byNode = new Map(model.graph.nodes.map(({ output }) => [output.name, output]));
  const outputs: Record<string, Value> = { ...model.graph.outputs };
  for (const name of names) outputs[name] ??= (model.taps.get(name) ?? byNode.get(name))!;
  const graph: Graph = { ...model.graph, outputs };
  return { name: model.name, graph };
}

/** Weights by formula: the reference's names seed them, so they are made under those and renamed. */
function formulaWeights({ params, naming }: Golden) {
  const trained = params.filter(([name]) => !name.endsWith('num_batches_tracked'));
  const layout = zooLayout(
    naming as Zoo,
    trained.map(([name]) => name),
  );
  return renamedStore(formulaStore(trained), (name) => fromZooName(naming as Zoo, name, layout));
}

function feeds({ input }: Golden, { preprocessing }: CatalogEntry) {
  const clip = formulaClip(input.clip);
  const { frames, rule } = preprocessing.pathways['slow']!;
  const indices = pathwayFrameIndices(preprocessing.clip.frames, frames, rule);
  expect(indices).toEqual(input.slowIndices);
  return { slow: gatherFrames([clip], indices), fast: clip };
}
