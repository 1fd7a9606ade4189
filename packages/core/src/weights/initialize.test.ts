import { GraphBuilder } from '../ir/builder.js';
import { foldBatchNorm } from '../passes/fold-batch-norm.js';
import { statisticsOf } from '../testing/golden.js';
import { initialWeights } from './initialize.js';

function network() {
  const g = GraphBuilder.empty('test');
  const x = g.input('x', { dtype: 'float32', shape: ['N', 16, 2, 4, 4] });
  const conv = g.conv3d(x, { channels: 64, kernel: [3, 3, 3], bias: true });
  const norm = g.batchNorm(conv, { initialScale: 0 });
  const next = g.scope('next').conv3d(norm, { channels: 64, kernel: [1, 3, 3], groups: 4 });
  return g.build({ y: g.linear(g.mean(next, [2, 3, 4]), 400) });
}

const read = async (name: string, seed = 0) => initialWeights(network(), { seed }).read(name);

const normals: readonly (readonly [string, number])[] = [
  // Fan-out: output channels times kernel volume.
  ['conv.weight', Math.sqrt(2 / (64 * 27))],
  ['next.conv.weight', Math.sqrt(2 / (64 * 9))],
  ['linear.weight', 0.01],
];

test.each(normals)('%s is normal of mean 0 and standard deviation %d', async (name, std) => {
  const { data } = await read(name);
  const values = Array.from(data, Number);
  const n = values.length;
  const stats = statisticsOf(data);
  // Four standard errors of mean, standard deviation, skewness and kurtosis.
  expect(Math.abs(stats.mean)).toBeLessThan((4 * std) / Math.sqrt(n));
  expect(Math.abs(stats.std / std - 1)).toBeLessThan(4 / Math.sqrt(2 * n));
  const moment = (k: number) => values.reduce((sum, v) => sum + (v / std) ** k, 0) / n;
  expect(Math.abs(moment(3))).toBeLessThan(4 * Math.sqrt(15 / n));
  expect(Math.abs(moment(4) - 3)).toBeLessThan(4 * Math.sqrt(96 / n));
  // Neighbours, and the two numbers of each Box-Muller pair, do not go together.
  const lag = values.slice(1).reduce((sum, v, i) => sum + v * values[i]!, 0) / (n * std * std);
  expect(Math.abs(lag)).toBeLessThan(4 / Math.sqrt(n));
});

test('constants: biases 0, running variance 1, last gamma of a block 0', async () => {
  const all = async (name: string) => new Set(Array.from((await read(name)).data, Number));
  expect(await all('conv.bias')).toEqual(new Set([0]));
  expect(await all('norm.weight')).toEqual(new Set([0]));
  expect(await all('norm.bias')).toEqual(new Set([0]));
  expect(await all('norm.running_mean')).toEqual(new Set([0]));
  expect(await all('norm.running_var')).toEqual(new Set([1]));
});

test('depends on seed and name, not on the order of reading', async () => {
  const store = initialWeights(network(), { seed: 7 });
  const late = await store.read('next.conv.weight');
  await store.read('conv.weight');
  expect(await store.read('next.conv.weight')).toEqual(late);
  expect(await read('next.conv.weight', 7)).toEqual(late);
  expect(await read('next.conv.weight', 8)).not.toEqual(late);
  const g = GraphBuilder.empty('test');
  const x = g.input('x', { dtype: 'float32', shape: ['N', 16, 2, 4, 4] });
  const twins = [g.scope('a'), g.scope('b')].map((scope) =>
    scope.conv3d(x, { channels: 4, kernel: [1, 1, 1] }),
  );
  const weights = initialWeights(g.build({ y: g.concat(twins) }));
  expect(await weights.read('a.conv.weight')).not.toEqual(await weights.read('b.conv.weight'));
});

test('neither folding nor pruning changes the weights', async () => {
  const folded = initialWeights(foldBatchNorm(network()));
  const plain = initialWeights(network());
  expect(new Set(folded.names)).toEqual(new Set(plain.names));
  for (const name of plain.names) expect(await folded.read(name)).toEqual(await plain.read(name));
});

test('what is not asked of it', async () => {
  const store = initialWeights(network());
  expect(store.metadata).toEqual({ weights: 'initialised', seed: '0' });
  expect(() => store.shapeOf('missing')).toThrow(
    'missing: expected the name of a stored tensor, received a name that none of the 9 tensors has.',
  );
  await expect(store.read('missing')).rejects.toThrow('missing: expected the name');
  expect(() => initialWeights(network(), { seed: 0.5 })).toThrow(
    'initial weights: expected a seed that is a whole number of at least 0, received 0.5.',
  );
});
