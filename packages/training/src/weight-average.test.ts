import { GraphBuilder, initialWeights, float32Tensor } from '@slowfast/core';
import { trainingModel } from '@slowfast/runtime-tfjs';
import { weightAverage } from './weight-average.js';

it('follows the parameters, fast at first', async () => {
  const g = GraphBuilder.empty('net');
  const x = g.input('x', { dtype: 'float32', shape: ['N', 1] });
  const graph = g.build({ scores: g.linear(x, 1, 'projection') });
  const model = await trainingModel({ name: 'net', graph }, initialWeights(graph), {
    backend: 'cpu',
  });
  const bias = 'projection.bias';
  const average = weightAverage(model.parameters, 0.5);
  let expected = 0;
  for (const [i, value] of [1, 2, 4, 8, 16, 32].entries()) {
    model.assign([[bias, float32Tensor([1], Float32Array.of(value))]]);
    average.update();
    const keep = Math.min(0.5, (2 + i) / (11 + i));
    expected = keep * expected + (1 - keep) * value;
  }
  expect((await average.read()).get(bias)!.data[0]).toBeCloseTo(expected, 4);
  expect(() => weightAverage(model.parameters, 1)).toThrow(
    'ema: expected a decay from 0 to below 1, received 1.',
  );
});
