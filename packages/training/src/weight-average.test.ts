import type { TrainingParameter } from './parameters.js';
import { weightAverage } from './weight-average.js';

it('follows the parameters, fast at first', () => {
  const data = new Float32Array(1);
  const bias: TrainingParameter = {
    ...{ name: 'bias', role: 'bias', shape: [1], trainable: true, regularised: true },
    data,
  };
  const average = weightAverage([bias], 0.5);
  let expected = 0;
  for (const [i, value] of [1, 2, 4, 8, 16, 32].entries()) {
    data[0] = value;
    average.update();
    const keep = Math.min(0.5, (2 + i) / (11 + i));
    expected = keep * expected + (1 - keep) * value;
  }
  expect(average.read().get('bias')!.data[0]).toBeCloseTo(expected, 4);
  expect(() => weightAverage([bias], 1)).toThrow(
    'ema: expected a decay from 0 to below 1, received 1.',
  );
});
