/**
 * @file The reference networks without running them: parameters by name and shape, every stage's shape,
 * parameter counts and multiply-adds are exactly what the reference implementations report. Their values
 * are compared where a runtime runs them: onnx-networks and tfjs-networks.
 */
import { graphCost, type Shape } from '@slowfast/core';
import { catalogModel, checkedModelName } from '@slowfast/models';
import { fromZooName, zooLayout, type Zoo } from '@slowfast/checkpoints';
import { goldenOf, referenceNetworks } from './reference-network.js';

/** Multiply-adds of a detector's classifier, which the reference counts once for each box. */
const CLASSIFIER = 80 * 2304;
const sorted = (entries: readonly (readonly [string, Shape])[]): readonly unknown[] =>
  [...entries].sort(([a], [b]) => (a < b ? -1 : 1));

describe.each(referenceNetworks())('$file', (network) => {
  const golden = goldenOf(network);
  const { model, preprocessing } = catalogModel(checkedModelName(network.model), network.options);

  it('has the parameters of the reference', () => {
    const zoo = golden.naming as Zoo;
    const layout = zooLayout(
      zoo,
      golden.params.map(([param]) => param),
    );
    const theirs = golden.params
      .filter(([param]) => !param.endsWith('num_batches_tracked'))
      .map(([param, shape]) => [fromZooName(zoo, param, layout)!, shape] as const);
    const ours = [...model.graph.params.values()].map(
      ({ name: param, type }) => [param, type.shape as Shape] as const,
    );
    expect(sorted(ours)).toEqual(sorted(theirs));
  });

  it('costs what the reference costs', () => {
    const cost = graphCost(model.graph);
    expect(cost.parameters).toBe(golden.paramCount);
    const moreBoxes = (golden.input.boxes?.length ?? 1) - 1;
    expect(cost.convLinear + moreBoxes * CLASSIFIER).toBe(golden.convLinearMacs);
  });

  it('has stages of the shapes of the reference', () => {
    const nodes = new Map(model.graph.nodes.map(({ output }) => [output.name, output]));
    for (const [stage, { shape }] of Object.entries(golden.stages)) {
      const ours = network.stages[stage]!;
      const value = model.taps.get(ours) ?? nodes.get(ours) ?? model.graph.outputs.scores;
      expect([stage, ...value.type.shape]).toEqual([stage, 'N', ...shape.slice(1)]);
    }
  });

  it('takes the clip of the reference', () => {
    const { clip } = golden.input;
    expect(preprocessing.clip.frames).toBe(clip[2]);
    expect(preprocessing.crop).toBe(clip[3]);
    const inputs = Object.values(model.graph.inputs).map(({ type }) => type.shape.slice(1));
    expect(inputs).toContainEqual(clip.slice(1));
  });
});
