import { graphCost } from '@slowfast/core';
import { catalogModel } from './catalog.js';

// mmaction2's own counts, of the configurations' classes.
it.each([
  ['posec3d-slowonly-r50', 60, 2_024_860],
  ['posec3d-slowonly-r50', 99, 2_044_867],
  ['posec3d-slowonly-r50-limb', 120, 2_055_640],
] as const)('%s of %d classes has %d parameters', (name, classes, parameters) => {
  expect(graphCost(catalogModel(name, { classes }).model.graph).parameters).toBe(parameters);
});

it('sees heat maps of the whole video, each clip and its mirror image', () => {
  const { model, preprocessing } = catalogModel('posec3d-slowonly-r50-limb', { classes: 60 });
  expect(model.graph.inputs.slow.type.shape).toEqual(['N', 17, 48, 64, 64]);
  expect(preprocessing).toMatchObject({
    clip: { frames: 48, segments: true },
    pathways: { slow: { frames: 48, input: 'pose' } },
    ...{ resize: 64, crop: 64, activation: 'softmax' },
    skeleton: { parts: 'limbs', sigma: 0.6, padding: 0.25 },
    views: { clips: 10, crops: 2, combine: 'mean' },
  });
  const shapeOf = (tap: 'slow.stem' | 'slow.res2' | 'slow.res3' | 'slow.res4') =>
    model.taps.get(tap)!.type.shape;
  expect(shapeOf('slow.stem')).toEqual(['N', 32, 48, 64, 64]);
  expect(shapeOf('slow.res2')).toEqual(['N', 128, 48, 32, 32]);
  expect(shapeOf('slow.res3')).toEqual(['N', 256, 48, 16, 16]);
  expect(shapeOf('slow.res4')).toEqual(['N', 512, 24, 8, 8]);
});

it('is of mmaction2 alone, and has no three crops', () => {
  expect(() => catalogModel('posec3d-slowonly-r50', { zoo: 'pyslowfast' })).toThrow(
    "catalogModel.zoo of posec3d-slowonly-r50: expected mmaction2, whose conventions for it are known, received 'pyslowfast'",
  );
  expect(() => catalogModel('posec3d-slowonly-r50', { views: { crops: 3 } })).toThrow(
    'catalogModel.views: expected 1 crop, or 2 with the mirror image, since skeletons fill their crop, received 3 crops',
  );
});
