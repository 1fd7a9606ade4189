import * as backbones from '@slowfast/backbones';
import * as core from '@slowfast/core';
import * as fusion from '@slowfast/fusion';
import * as heads from '@slowfast/heads';
import { catalogModel } from '@slowfast/models';
import { misfitOf, networkOf } from './network.js';
import {
  BACKBONES,
  FIRST,
  PRESETS,
  readSpecification,
  specificationText,
  type Specification,
} from './specification.js';
import { typescriptOf } from './typescript.js';

const { describeModel } = core;

/** Runs a program that imports these packages alone, which is its text with the imports as arguments. */
function modelOf(program: string): core.Model {
  const packages = { ...backbones, ...core, ...fusion, ...heads };
  const body = program.replace(/^import .*$/gm, '').replace('export const model =', 'return');
  const make = new Function(...Object.keys(packages), body) as (...args: unknown[]) => core.Model;
  return make(...Object.values(packages));
}

const changed = (network: Partial<Specification['network']>): Specification => ({
  ...FIRST,
  network: { ...FIRST.network, ...network },
});

test('the first network is the paper’s SlowFast 4×16', () => {
  const { multiplyAdds, parameters } = describeModel(networkOf(FIRST));
  const { model } = catalogModel('slowfast-4x16-r50', { size: 224, classes: 400 });
  expect({ multiplyAdds, parameters }).toEqual({
    multiplyAdds: describeModel(model).multiplyAdds,
    parameters: describeModel(model).parameters,
  });
});

test.each(Object.entries(PRESETS))('%s: the program makes the same network', (_, preset) => {
  expect(describeModel(modelOf(typescriptOf(preset)))).toEqual(describeModel(networkOf(preset)));
});

test.each(BACKBONES)(
  '%s is a Fast pathway as it is, and the program makes the same',
  (backbone) => {
    const preset = {
      ...FIRST,
      pathways: [FIRST.pathways[0]!, { ...FIRST.pathways[1]!, backbone, beta: 1 / 4 }],
      laterals: [{ ...FIRST.laterals[0]!, after: ['res2' as const, 'res4' as const] }],
    };
    const description = describeModel(networkOf(preset));
    const last = description.stages.findLast(({ pathway }) => pathway === 'fast')!;
    expect(last.output.shape[2]).toBe(32);
    expect(describeModel(modelOf(typescriptOf(preset)))).toEqual(description);
  },
);

test('names cannot end the text that they stand in', () => {
  const preset = { ...FIRST, network: { ...FIRST.network, name: "it's \\ here\n" } };
  expect(modelOf(typescriptOf(preset)).name).toBe("it's \\ here\n");
});

describe('errors are where they belong, as the composer words them', () => {
  const misfit = (specification: Specification): unknown => {
    try {
      networkOf(specification);
      return undefined;
    } catch (error) {
      return misfitOf(error, specification);
    }
  };
  const [slow, fast] = FIRST.pathways as [
    Specification['pathways'][0],
    Specification['pathways'][0],
  ];
  const [lateral] = FIRST.laterals as [Specification['laterals'][0]];

  it.each<[string, Specification, string, string]>([
    [
      'a ratio of frames that is no whole number',
      { ...FIRST, pathways: [slow, { ...fast, alpha: 2.5 }] },
      'pathways.1',
      'expected',
    ],
    ['a width that β does not divide', changed({ width: 20 }), 'pathways.1', 'received 2.5'],
    [
      'a name twice',
      { ...FIRST, pathways: [slow, { ...fast, name: 'slow' }] },
      'pathways.1',
      'own',
    ],
    [
      'a lateral to a pathway that is not there',
      { ...FIRST, laterals: [{ ...lateral, to: 'nowhere' }] },
      'laterals.0',
      'nowhere',
    ],
    [
      'a lateral from few frames to many',
      { ...FIRST, laterals: [{ ...lateral, from: 'slow', to: 'fast' }] },
      'laterals.0',
      'T',
    ],
    [
      'no pathway in the head',
      {
        ...FIRST,
        pathways: [
          { ...slow, inHead: false },
          { ...fast, inHead: false },
        ],
      },
      'network',
      'head',
    ],
  ])('%s', (_, specification, place, text) => {
    expect(misfit(specification)).toEqual({ place, message: expect.stringContaining(text) });
  });
});

test('the address holds the whole specification, and says what is wrong with another', () => {
  for (const preset of Object.values(PRESETS)) {
    expect(readSpecification(specificationText(preset))).toEqual(preset);
  }
  expect(readSpecification('%7B')).toHaveProperty('reason');
  expect(readSpecification(specificationText({ ...FIRST, pathways: [] }))).toEqual({
    reason: expect.stringMatching(/^pathways: /),
  });
  const huge = changed({ size: 1e9 });
  expect(readSpecification(specificationText(huge))).toEqual({
    reason: expect.stringMatching(/^network\.size: /),
  });
});
