import { GraphBuilder } from '@slowfast/core';
import { poseResnet } from './pose-resnet.js';

it('halves the size in each stage, and time in the last', () => {
  const g = GraphBuilder.empty('test');
  let x = g.input('slow', { dtype: 'float32', shape: ['N', 17, 8, 16, 16] });
  const shapes = poseResnet({ blocks: [1, 2, 1], width: 4 }).stages.map((stage) => {
    x = stage.build(g.scope(stage.name), x);
    return [stage.name, x.type.shape.slice(1)];
  });
  expect(shapes).toEqual([
    ['stem', [4, 8, 16, 16]],
    ['res2', [16, 8, 8, 8]],
    ['res3', [32, 8, 4, 4]],
    ['res4', [64, 4, 2, 2]],
  ]);
});

it('refuses blocks and widths that make no network', () => {
  expect(() => poseResnet({ blocks: [4, 0, 3] })).toThrow(
    'poseResnet: blocks of res3: expected a whole number of at least 1, received 0',
  );
  expect(() => poseResnet({ width: 2.5 })).toThrow(
    'poseResnet: width: expected a whole number of at least 1, received 2.5',
  );
});
