/**
 * @file Features as a contract: for models of the catalog and every tap, before and after lateral connections, what
 * `featureInfo` says is what a runtime returns, under the tap's name. The reference tests have the other models.
 */
import { EVERYDAY_NAMES, featuresOf } from './feature-shapes.js';

test.each(EVERYDAY_NAMES)('%s gives the features it describes', async (name) => {
  const { described, returned, inputs, pathways, blind } = await featuresOf(name);
  expect(inputs).toEqual(pathways);
  expect(returned).toEqual(described);
  expect(blind).toEqual([]);
});
