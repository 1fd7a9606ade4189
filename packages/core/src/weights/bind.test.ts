import { WeightError } from '../errors.js';
import { GraphBuilder } from '../ir/builder.js';
import type { Graph } from '../ir/types.js';
import { foldBatchNorm } from '../passes/fold-batch-norm.js';
import { float32Tensor, sizeOf, type HostTensor, type Shape } from '../tensor.js';
import { formulaStore, formulaTensor } from '../testing/formula.js';
import { bindWeights, checkedStore, checkWeights, requiredTensors } from './bind.js';
import { memoryStore } from './store.js';

function network() {
  const g = GraphBuilder.empty('model');
  const x = g.input('x', { dtype: 'float32', shape: ['N', 3, 2, 4, 4] });
  return g.build({ y: g.batchNorm(g.conv3d(x, { channels: 2, kernel: [1, 1, 1] })) });
}
const SHAPES: Readonly<Record<string, Shape>> = {
  'conv.weight': [2, 3, 1, 1, 1],
  'norm.weight': [2],
  'norm.bias': [2],
  'norm.running_mean': [2],
  'norm.running_var': [2],
};
const tensors = () =>
  new Map(Object.entries(SHAPES).map(([name, shape]) => [name, formulaTensor(name, shape)]));
const withTensor = (name: string, tensor: HostTensor) => memoryStore(tensors().set(name, tensor));

async function bound(
  graph: Graph,
  ...rest: Parameters<typeof checkWeights> extends [Graph, ...infer R] ? R : never
) {
  const values: [string, HostTensor][] = [];
  for await (const [name, tensor] of bindWeights(graph, ...rest)) values.push([name, tensor]);
  return values;
}

test('every parameter with its value, in the order of the graph', async () => {
  const values = await bound(network(), memoryStore(tensors()));
  expect(values).toEqual([...tensors()]);
  const reversed = memoryStore([...tensors()].reverse());
  expect(await bound(network(), reversed)).toEqual(values);
});

test('a folded graph asks for the same tensors and yields two parameters', async () => {
  const folded = foldBatchNorm(network());
  expect(new Set(requiredTensors(folded).keys())).toEqual(new Set(Object.keys(SHAPES)));
  const values = await bound(folded, memoryStore(tensors()));
  expect(values.map(([name, { shape }]) => [name, shape])).toEqual([
    ['conv.weight', [2, 3, 1, 1, 1]],
    ['conv.bias', [2]],
  ]);
});

test('one error for everything that does not fit', () => {
  const store = formulaStore([
    ['conv.weight', [2, 3, 3, 1, 1]],
    ['norm.weight', [2]],
    ['norm.running_mean', [4]],
    ['norm.running_var', [2]],
    ['head.weight', [5]],
  ]);
  expect(() => checkWeights(network(), store, { site: 'slow-8x8-r50' })).toThrow(WeightError);
  expect(() => checkWeights(network(), store, { site: 'slow-8x8-r50' })).toThrow(
    'slow-8x8-r50: expected the 5 tensors of the model, received 1 missing (norm.bias); 1 unexpected (head.weight); 2 misshaped (conv.weight [2, 3, 3, 1, 1] instead of [2, 3, 1, 1, 1], norm.running_mean [4] instead of [2]). Choose the model variant that these weights were trained for.',
  );
});

test('long lists are cut short in the message, not in the error', () => {
  const extra = Array.from({ length: 8 }, (_, i) => [`extra${i}.bias`, [1]] as const);
  const store = formulaStore([...Object.entries(SHAPES), ...extra]);
  expect(() => checkWeights(network(), store)).toThrow(
    'weights: expected the 5 tensors of the model, received 8 unexpected (extra0.bias, extra1.bias, extra2.bias, extra3.bias, extra4.bias, extra5.bias, and 2 more). Choose the model variant that these weights were trained for.',
  );
  expect(() => checkWeights(network(), store)).toThrow(
    expect.objectContaining({
      mismatch: { missing: [], unexpected: extra.map(([name]) => name), misshaped: [] },
    }),
  );
});

test('known names are not unexpected', async () => {
  const store = formulaStore([...Object.entries(SHAPES), ['head.weight', [5]]]);
  expect(await bound(network(), store, { known: new Set(['head.weight']) })).toHaveLength(5);
});

test('nothing is read before all names and shapes are checked', async () => {
  let reads = 0;
  const store = memoryStore([['conv.weight', tensors().get('conv.weight')!]]);
  const counting = { ...store, read: (name: string) => (reads++, store.read(name)) };
  await expect(bound(network(), counting)).rejects.toThrow(WeightError);
  expect(reads).toBe(0);
});

const damaged: readonly (readonly [string, number, number, string])[] = [
  [
    'conv.weight',
    4,
    NaN,
    'conv.weight[1, 1, 0, 0, 0]: expected a finite number, received NaN. The file is damaged, or its training diverged: take an earlier checkpoint.',
  ],
  [
    'norm.bias',
    1,
    -Infinity,
    'norm.bias[1]: expected a finite number, received -Infinity. The file is damaged, or its training diverged: take an earlier checkpoint.',
  ],
  [
    'norm.running_var',
    1,
    -0.5,
    'norm.running_var[1]: expected a variance of at least 0, received -0.5. The file is damaged, or its training diverged: take an earlier checkpoint.',
  ],
];

test.each(damaged)('%s[%d] = %d', async (name, at, value, message) => {
  const shape = SHAPES[name]!;
  const data = new Float32Array(sizeOf(shape)).fill(0.5);
  data[at] = value;
  const store = withTensor(name, float32Tensor(shape, data));
  await expect(bound(network(), store)).rejects.toThrow(
    expect.objectContaining({ name: 'WeightError', message }),
  );
  await expect(bound(foldBatchNorm(network()), store)).rejects.toThrow(message);
  await expect(checkedStore(network(), store).read(name)).rejects.toThrow(message);
});

test('a checked store reads what the store reads', async () => {
  const checked = checkedStore(network(), memoryStore(tensors()));
  expect(await checked.read('norm.bias')).toEqual(tensors().get('norm.bias'));
  expect(() => checkedStore(network(), memoryStore([]))).toThrow('received 5 missing');
});

test('a negative mean is no error', async () => {
  const mean = float32Tensor([2], Float32Array.of(-3, -4));
  expect(await bound(network(), withTensor('norm.running_mean', mean))).toHaveLength(5);
});

test('integers, and fewer elements than the shape says', async () => {
  const ints: HostTensor = { dtype: 'int64', shape: [2], data: new BigInt64Array(2) };
  await expect(bound(network(), withTensor('norm.bias', ints))).rejects.toThrow(
    'norm.bias: expected 2 floating-point numbers, received 2 of type int64.',
  );
  const store = withTensor('norm.bias', float32Tensor([2], Float32Array.of(1, 2)));
  const short = { ...store, read: async () => float32Tensor([1], Float32Array.of(1)) };
  await expect(bound(network(), short)).rejects.toThrow(
    /: expected \d+ floating-point numbers, received 1 of type float32\.$/,
  );
});
