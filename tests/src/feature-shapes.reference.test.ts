/** @file Features of the deeper models of the catalog, and of those of other sets, as in feature-shapes.test.ts. */
import { modelNames } from '@slowfast/models';
import { EVERYDAY_NAMES, featuresOf, OTHER_NAMES } from './feature-shapes.js';

test('no model is left out', () => {
  expect([...EVERYDAY_NAMES, ...OTHER_NAMES].sort()).toEqual(modelNames().toSorted());
});

test.each(OTHER_NAMES)('%s gives the features it describes', async (name) => {
  const { described, returned, inputs, pathways, blind } = await featuresOf(name);
  expect(inputs).toEqual(pathways);
  expect(returned).toEqual(described);
  expect(blind).toEqual([]);
});
