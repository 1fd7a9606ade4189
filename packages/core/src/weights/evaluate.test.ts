import { float32Tensor, type HostTensor, type Shape } from '../tensor.js';
import {
  storedLeaves,
  type Expression,
  type NormExpressions,
  type ParamRole,
  type StoredExpression,
} from '../ir/expression.js';
import { evaluate } from './evaluate.js';

const stored = (name: string, shape: Shape, role: ParamRole = 'weight'): StoredExpression => ({
  kind: 'stored',
  name,
  shape,
  role,
  init: { kind: 'constant', value: 0 },
});
const norm: NormExpressions = {
  scale: stored('scale', [2]),
  shift: stored('shift', [2]),
  mean: stored('mean', [2]),
  variance: stored('variance', [2]),
  epsilon: 0.25,
};
const weight = stored('weight', [2, 1, 1, 1, 2]);
const bias = stored('bias', [2]);

const VALUES: Readonly<Record<string, readonly number[]>> = {
  weight: [1, 2, 3, 4],
  bias: [10, 20],
  scale: [2, 3],
  shift: [0.5, -0.5],
  mean: [4, 8],
  // √(σ² + ε) is 1 and 1.5: factors are 2 and 2.
  variance: [0.75, 2],
};
const read = async ({ name, shape }: StoredExpression): Promise<HostTensor> =>
  float32Tensor(shape, Float32Array.from(VALUES[name]!));
const value = async (expression: Expression) => {
  const { shape, data } = await evaluate(expression, read);
  return { shape, values: Array.from(data, Number) };
};

test('a stored tensor is read as it is', async () => {
  expect(await value(weight)).toEqual({ shape: [2, 1, 1, 1, 2], values: [1, 2, 3, 4] });
});

test('a folded weight: w · γ / √(σ² + ε) of its output channel', async () => {
  expect(await value({ kind: 'folded-weight', weight, norm })).toEqual({
    shape: [2, 1, 1, 1, 2],
    values: [2, 4, 6, 8],
  });
});

test('a folded bias: β + (b − μ) · γ / √(σ² + ε), b = 0 where there is none', async () => {
  expect(await value({ kind: 'folded-bias', bias, norm })).toEqual({
    shape: [2],
    values: [0.5 + 6 * 2, -0.5 + 12 * 2],
  });
  expect(await value({ kind: 'folded-bias', bias: undefined, norm })).toEqual({
    shape: [2],
    values: [0.5 - 8, -0.5 - 16],
  });
});

test('folding twice', async () => {
  const once: Expression = { kind: 'folded-weight', weight, norm };
  expect((await value({ kind: 'folded-weight', weight: once, norm })).values).toEqual([
    4, 8, 12, 16,
  ]);
});

test('folding is done in float64 and rounded once', async () => {
  const third = stored('third', [1, 1]);
  const parts: NormExpressions = {
    scale: stored('third', [1]),
    shift: stored('zero', [1]),
    mean: stored('zero', [1]),
    variance: stored('seven', [1]),
    epsilon: 1e-5,
  };
  const numbers: Record<string, number> = { third: 1 / 3, zero: 0, seven: 7 };
  const folded = await evaluate(
    { kind: 'folded-weight', weight: third, norm: parts },
    async ({ name, shape }) => float32Tensor(shape, Float32Array.of(numbers[name]!)),
  );
  const exact = (Math.fround(1 / 3) * Math.fround(1 / 3)) / Math.sqrt(7 + 1e-5);
  expect(Number(folded.data[0])).toBe(Math.fround(exact));
});

test('leaves in order', () => {
  const names = (expression: Expression) => storedLeaves(expression).map(({ name }) => name);
  expect(names(weight)).toEqual(['weight']);
  expect(names({ kind: 'folded-weight', weight, norm })).toEqual([
    'weight',
    'scale',
    'shift',
    'mean',
    'variance',
  ]);
  expect(names({ kind: 'folded-bias', bias, norm })[0]).toBe('bias');
  expect(names({ kind: 'folded-bias', bias: undefined, norm })).toHaveLength(4);
});

test('integers in arithmetic are a bug of ours', async () => {
  const ints = async ({ shape }: StoredExpression): Promise<HostTensor> => ({
    dtype: 'int32',
    shape,
    data: new Int32Array(2),
  });
  await expect(evaluate({ kind: 'folded-bias', bias, norm }, ints)).rejects.toThrow(
    'internal: a int32 parameter in arithmetic',
  );
});
