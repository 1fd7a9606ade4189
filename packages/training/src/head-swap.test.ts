import { GraphBuilder, initialWeights, memoryStore, type Graph } from '@slowfast/core';
import { fineTuneWeights, plainInitialWeights } from './head-swap.js';

function graphOf(classes: number): Graph {
  const g = GraphBuilder.empty('net');
  const clip = g.input('clip', { dtype: 'float32', shape: ['N', 3, 2, 4, 4] });
  const x = g
    .scope('body')
    .batchNorm(g.scope('body').conv3d(clip, { channels: 4, kernel: [1, 1, 1] }), {
      initialScale: 0,
    });
  return g.build({ scores: g.scope('head').linear(g.mean(x, [2, 3, 4]), classes, 'projection') });
}

it('keeps what fits and starts another classifier anew, and says which', async () => {
  const checkpoint = initialWeights(graphOf(400), { seed: 5 });
  const { weights, kept, fresh, unused } = fineTuneWeights(graphOf(6), checkpoint, { seed: 1 });
  expect(kept).toEqual([
    'body.conv.weight',
    'body.norm.weight',
    'body.norm.bias',
    'body.norm.running_mean',
    'body.norm.running_var',
  ]);
  expect(fresh).toEqual([
    { name: 'head.projection.weight', reason: '[400, 4] there' },
    { name: 'head.projection.bias', reason: '[400] there' },
  ]);
  expect(unused).toEqual([]);
  expect(await weights.read('body.conv.weight')).toEqual(await checkpoint.read('body.conv.weight'));
  expect(weights.shapeOf('head.projection.weight')).toEqual([6, 4]);
  const initial = initialWeights(graphOf(6), { seed: 1 });
  expect(await weights.read('head.projection.weight')).toEqual(
    await initial.read('head.projection.weight'),
  );
});

it('refuses a checkpoint of something else', () => {
  expect(() => fineTuneWeights(graphOf(6), memoryStore([]))).toThrow(
    'fine-tuning: expected a checkpoint with tensors that fit the model, received 0 tensors of which none does.',
  );
});

it('plain weights start every norm at scale 1', async () => {
  const [plain, paper] = [plainInitialWeights(graphOf(6)), initialWeights(graphOf(6))];
  expect([...(await plain.read('body.norm.weight')).data]).toEqual([1, 1, 1, 1]);
  expect([...(await paper.read('body.norm.weight')).data]).toEqual([0, 0, 0, 0]);
  expect(await plain.read('body.conv.weight')).toEqual(await paper.read('body.conv.weight'));
});
