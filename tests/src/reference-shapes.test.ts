/**
 * @file The reference networks without running them: parameters by name and shape, every stage's shape,
 * parameter counts and multiply-adds are exactly what the reference implementations report. Their values
 * are compared at full size where a runtime is at hand, in the package of the command.
 */
import { readFileSync } from 'node:fs';
import { graphCost, type Shape } from '@slowfast/core';
import { parseGolden } from '@slowfast/core/testing';
import { catalogModel, checkedModelName, type CatalogOptions } from '@slowfast/models';
import type { Zoo } from '@slowfast/checkpoints';
import { fromZooName, zooLayout } from '@slowfast/checkpoints';

interface Networks {
  readonly stageNames: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly networks: readonly {
    readonly file: string;
    readonly model: string;
    readonly options: CatalogOptions;
    readonly stageNames: string;
  }[];
}

const read = (file: string): unknown =>
  JSON.parse(readFileSync(new URL(`./goldens/networks/${file}`, import.meta.url), 'utf8'));
const { networks, stageNames } = read('networks.json') as Networks;
const sorted = (entries: readonly (readonly [string, Shape])[]): readonly unknown[] =>
  [...entries].sort(([a], [b]) => (a < b ? -1 : 1));

describe.each(networks)('$file', ({ file, model: name, options, stageNames: names }) => {
  const golden = parseGolden(read(`${file}.json`));
  const { model, preprocessing } = catalogModel(checkedModelName(name), options);

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
    expect(cost.convLinear).toBe(golden.convLinearMacs);
  });

  it('has stages of the shapes of the reference', () => {
    const nodes = new Map(model.graph.nodes.map(({ output }) => [output.name, output]));
    for (const [stage, { shape }] of Object.entries(golden.stages)) {
      const ours = stageNames[names]![stage]!;
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
