import { GraphBuilder } from '../ir/builder.js';
import type { ActivationFunction, OpAttrs, Value } from '../ir/types.js';
import { float32Tensor, sizeOf, type HostTensor, type Shape } from '../tensor.js';
import { formulaClip, formulaTensor } from './formula.js';
import { interpret } from './interpreter.js';

const tensor = (shape: Shape, values: readonly number[]): HostTensor<'float32'> =>
  float32Tensor(shape, Float32Array.from(values));

/** Runs one node on concrete inputs `a`, `b`, ... */
async function run(
  inputs: readonly HostTensor[],
  build: (g: GraphBuilder, ...values: Value[]) => Value,
  weights: Readonly<Record<string, HostTensor>> = {},
): Promise<{ shape: Shape; values: number[] }> {
  const g = GraphBuilder.empty('test');
  const names = ['a', 'b', 'c'];
  const values = inputs.map(({ shape }, i) => g.input(names[i]!, { dtype: 'float32', shape }));
  const graph = g.build<string, 'y'>({ y: build(g, ...values) });
  const feeds = Object.fromEntries(inputs.map((input, i) => [names[i]!, input]));
  const { y } = await interpret(graph, new Map(Object.entries(weights)), feeds);
  return { shape: y.shape, values: Array.from(y.data, Number) };
}

const rounded = (values: readonly number[]): number[] => values.map(Math.fround);

describe('by hand', () => {
  test('convolution is cross-correlation: the kernel is not flipped', async () => {
    const result = await run(
      [tensor([1, 1, 1, 1, 5], [0, 0, 1, 0, 0])],
      (g, x) => g.conv3d(x!, { channels: 1, kernel: [1, 1, 3] }),
      { 'conv.weight': tensor([1, 1, 1, 1, 3], [1, 2, 3]) },
    );
    expect(result).toEqual({ shape: [1, 1, 1, 1, 5], values: [0, 3, 2, 1, 0] });
  });

  test('maximum: padding never wins', async () => {
    const x = tensor([1, 1, 1, 2, 2], [-4, -3, -2, -1]);
    const result = await run([x], (g, a) => g.maxPool3d(a!, [1, 3, 3], [1, 1, 1], [0, 1, 1]));
    expect(result.values).toEqual([-1, -1, -1, -1]);
    const strided = await run([x], (g, a) => g.maxPool3d(a!, [1, 2, 2], [1, 2, 2], [0, 1, 1]));
    expect(strided).toEqual({ shape: [1, 1, 1, 2, 2], values: [-4, -3, -2, -1] });
  });

  test('mean: padding counts as zeros (count_include_pad)', async () => {
    const ones = tensor([1, 1, 1, 3, 3], Array(9).fill(9));
    const result = await run([ones], (g, a) => g.avgPool3d(a!, [1, 3, 3], [1, 1, 1], [0, 1, 1]));
    expect(result.values).toEqual([4, 6, 4, 6, 9, 6, 4, 6, 4]);
  });

  test('batch norm: (x − μ)/√(σ² + ε)·γ + β per channel', async () => {
    const result = await run(
      [tensor([1, 2, 1, 1, 2], [3, 5, 1, 2])],
      (g, x) => g.batchNorm(x!, { epsilon: 1 }),
      {
        'norm.weight': tensor([2], [2, 1]),
        'norm.bias': tensor([2], [10, -1]),
        'norm.running_mean': tensor([2], [1, 1]),
        'norm.running_var': tensor([2], [3, 0]),
      },
    );
    expect(result.values).toEqual([12, 14, -1, 0]);
  });

  const functions: readonly (readonly [ActivationFunction, readonly number[]])[] = [
    ['identity', [-4, -1, 0, 1, 8]],
    ['relu', [0, 0, 0, 1, 8]],
    ['relu6', [0, 0, 0, 1, 6]],
    ['sigmoid', [-4, -1, 0, 1, 8].map((x) => 1 / (1 + Math.E ** -x))],
    ['silu', [-4, -1, 0, 1, 8].map((x) => x / (1 + Math.E ** -x))],
    ['hardswish', [0, -2 / 6, 0, 4 / 6, 8]],
    ['tanh', [-4, -1, 0, 1, 8].map((x) => 1 - 2 / (Math.E ** (2 * x) + 1))],
  ];
  test.each(functions)('%s', async (fn, expected) => {
    const x = tensor([1, 5], [-4, -1, 0, 1, 8]);
    const result = await run([x], (g, a) => g.emit('activation', [a!], { fn }));
    result.values.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 6));
    const sum = await run([x, tensor([1, 5], [0, 0, 0, 0, 0])], (g, a, b) =>
      g.emit('add', [a!, b!], { activation: fn }),
    );
    expect(sum).toEqual(result);
  });

  test('sum and product broadcast', async () => {
    const column = tensor([2, 1], [1, 10]);
    const row = tensor([1, 3], [1, 2, 3]);
    const sum = await run([column, row], (g, a, b) => g.add(a!, b!));
    expect(sum).toEqual({ shape: [2, 3], values: [2, 3, 4, 11, 12, 13] });
    const product = await run([column, row], (g, a, b) => g.emit('mul', [a!, b!], {}));
    expect(product).toEqual({ shape: [2, 3], values: [1, 2, 3, 10, 20, 30] });
  });

  const counting = tensor([2, 2, 2], [0, 1, 2, 3, 4, 5, 6, 7]);
  const reductions: readonly (readonly [OpAttrs['reduce'], Shape, readonly number[]])[] = [
    [{ fn: 'mean', axes: [0, 2], keepDims: false }, [2], [2.5, 4.5]],
    [{ fn: 'mean', axes: [1], keepDims: true }, [2, 1, 2], [1, 2, 5, 6]],
    [{ fn: 'max', axes: [0], keepDims: false }, [2, 2], [4, 5, 6, 7]],
    [{ fn: 'sum', axes: [0, 1, 2], keepDims: false }, [], [28]],
    [{ fn: 'sum', axes: [], keepDims: false }, [2, 2, 2], [0, 1, 2, 3, 4, 5, 6, 7]],
  ];
  test.each(reductions)('reduce %j', async (attrs, shape, values) => {
    expect(await run([counting], (g, a) => g.emit('reduce', [a!], attrs))).toEqual({
      shape,
      values,
    });
  });

  test('concat, slice, gather, reshape, transpose', async () => {
    const a = tensor([2, 2], [1, 2, 3, 4]);
    const b = tensor([2, 1], [8, 9]);
    expect((await run([a, b], (g, x, y) => g.concat([x!, y!, x!]))).values).toEqual([
      1, 2, 8, 1, 2, 3, 4, 9, 3, 4,
    ]);
    const slice = { axis: 2, start: 0, stop: 2, step: 1 };
    const sliced = await run([counting], (g, x) => g.emit('slice', [x!], { ...slice, start: 1 }));
    expect(sliced).toEqual({ shape: [2, 2, 1], values: [1, 3, 5, 7] });
    const gathered = await run([counting], (g, x) =>
      g.emit('gather', [x!], { axis: 1, indices: [1, 0, 1] }),
    );
    expect(gathered.values).toEqual([2, 3, 0, 1, 2, 3, 6, 7, 4, 5, 6, 7]);
    expect(await run([counting], (g, x) => g.reshape(x!, [4, 2]))).toEqual({
      shape: [4, 2],
      values: [0, 1, 2, 3, 4, 5, 6, 7],
    });
    expect((await run([counting], (g, x) => g.transpose(x!, [2, 0, 1]))).values).toEqual([
      0, 2, 4, 6, 1, 3, 5, 7,
    ]);
  });

  test('matmul, linear, softmax, scale, dropout', async () => {
    const a = tensor([1, 2, 2], [1, 2, 3, 4]);
    const b = tensor([1, 2, 1], [10, 1]);
    expect((await run([a, b], (g, x, y) => g.matmul(x!, y!))).values).toEqual([12, 34]);
    const weights = {
      'linear.weight': tensor([3, 2], [1, 0, 0, 1, 1, 1]),
      'linear.bias': tensor([3], [0, 0, 100]),
    };
    expect(await run([a], (g, x) => g.linear(x!, 3), weights)).toEqual({
      shape: [1, 2, 3],
      values: [1, 2, 103, 3, 4, 107],
    });
    const logs = tensor([1, 2, 2], [Math.log(1), 1000, Math.log(3), 1000]);
    const softmax = await run([logs], (g, x) => g.softmax(x!, 1));
    softmax.values.forEach((v, i) => expect(v).toBeCloseTo([0.25, 0.5, 0.75, 0.5][i]!, 6));
    expect((await run([a], (g, x) => g.emit('scale', [x!], { factor: -0.5 }))).values).toEqual([
      -0.5, -1, -1.5, -2,
    ]);
    expect((await run([a], (g, x) => g.dropout(x!, 0.5))).values).toEqual([1, 2, 3, 4]);
  });
});

/** The definition of a convolution, read off for each output element: zeros outside of the input. */
function definition(x: HostTensor, weight: HostTensor, attrs: OpAttrs['conv3d'], shape: Shape) {
  const [, channels, t, h, w] = x.shape as [number, number, number, number, number];
  const [out, perGroup, kt, kh, kw] = weight.shape as [number, number, number, number, number];
  const result: number[] = [];
  const { stride, padding, dilation, groups } = attrs;
  const at = (b: number, c: number, i: number, j: number, k: number): number =>
    i < 0 || j < 0 || k < 0 || i >= t || j >= h || k >= w
      ? 0
      : Number(x.data[(((b * channels + c) * t + i) * h + j) * w + k]);
  const [batches, , ot, oh, ow] = shape as [number, number, number, number, number];
  for (let flat = 0; flat < batches * out * ot * oh * ow; flat++) {
    const k = flat % ow;
    const j = Math.floor(flat / ow) % oh;
    const i = Math.floor(flat / (ow * oh)) % ot;
    const o = Math.floor(flat / (ow * oh * ot)) % out;
    const b = Math.floor(flat / (ow * oh * ot * out));
    const group = Math.floor((o * groups) / out);
    let sum = 0;
    for (let tap = 0; tap < perGroup * kt * kh * kw; tap++) {
      const dk = tap % kw;
      const dj = Math.floor(tap / kw) % kh;
      const di = Math.floor(tap / (kw * kh)) % kt;
      const c = Math.floor(tap / (kw * kh * kt));
      const value = at(
        b,
        group * perGroup + c,
        i * stride[0] - padding[0] + di * dilation[0],
        j * stride[1] - padding[1] + dj * dilation[1],
        k * stride[2] - padding[2] + dk * dilation[2],
      );
      sum += value * Number(weight.data[o * perGroup * kt * kh * kw + tap]);
    }
    result.push(sum);
  }
  return result;
}

const BASE = {
  stride: [1, 1, 1],
  padding: [0, 0, 0],
  dilation: [1, 1, 1],
  groups: 1,
  activation: 'identity',
} as const;
const convolutions: readonly (readonly [Shape, Shape, OpAttrs['conv3d']])[] = [
  [[2, 3, 4, 5, 6], [4, 3, 3, 3, 3], { ...BASE, kernel: [3, 3, 3], padding: [1, 1, 1] }],
  [
    [2, 3, 5, 7, 9],
    [4, 3, 5, 7, 7],
    { ...BASE, kernel: [5, 7, 7], stride: [1, 2, 2], padding: [2, 3, 3] },
  ],
  [
    [1, 2, 9, 3, 3],
    [2, 2, 5, 1, 1],
    { ...BASE, kernel: [5, 1, 1], stride: [4, 1, 1], padding: [2, 0, 0] },
  ],
  [
    [1, 2, 3, 7, 6],
    [2, 2, 1, 3, 3],
    { ...BASE, kernel: [1, 3, 3], dilation: [1, 2, 2], padding: [0, 2, 2], stride: [1, 2, 1] },
  ],
  [[2, 6, 2, 4, 4], [4, 3, 1, 3, 3], { ...BASE, kernel: [1, 3, 3], groups: 2 }],
  [[2, 4, 2, 4, 4], [8, 1, 1, 2, 3], { ...BASE, kernel: [1, 2, 3], groups: 4, padding: [0, 1, 2] }],
];

test.each(convolutions)(
  'convolution of %j by %j agrees with its definition',
  async (xShape, weightShape, attrs) => {
    const x = formulaClip(xShape);
    const weight = formulaTensor('w.weight', weightShape);
    const result = await run(
      [x],
      (g, a) =>
        g.emit('conv3d', [a!, g.param('w', weightShape, 'weight', { kind: 'msra' })], attrs),
      { w: weight },
    );
    expect(sizeOf(result.shape)).toBe(result.values.length);
    const expected = definition(x, weight, attrs, result.shape);
    result.values.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 6));
  },
);

describe('feeds and weights that do not fit', () => {
  const graph = () => {
    const g = GraphBuilder.empty('test');
    const a = g.input('a', { dtype: 'float32', shape: ['N', 2] });
    const b = g.input('b', { dtype: 'float32', shape: ['N', 2] });
    return g.build<'a' | 'b', 'y'>({ y: g.linear(g.add(a, b), 1) });
  };
  const weights = new Map<string, HostTensor>([
    ['linear.weight', tensor([1, 2], [1, 1])],
    ['linear.bias', tensor([1], [0])],
    ['another', tensor([1], [0])],
  ]);
  const two = tensor([1, 2], [1, 2]);

  test('tensors that the graph does not use are ignored', async () => {
    const { y } = await interpret(graph(), weights, { a: two, b: two });
    expect([...y.data]).toEqual(rounded([6]));
  });

  test('a missing feed, a wrong shape, another batch, another element type', async () => {
    const feeds: Record<string, HostTensor> = { a: two };
    await expect(interpret(graph(), weights, feeds as never)).rejects.toThrow(
      'feed b: expected float32[N, 2], received none.',
    );
    const three = tensor([1, 3], [1, 2, 3]);
    await expect(interpret(graph(), weights, { a: two, b: three })).rejects.toThrow(
      'feed b: expected float32[N, 2], received float32[1, 3] of 3 elements.',
    );
    const batch = tensor([2, 2], [1, 2, 3, 4]);
    await expect(interpret(graph(), weights, { a: two, b: batch })).rejects.toThrow(
      'feed b: expected float32[N, 2], received float32[2, 2] of 4 elements.',
    );
    const ints: HostTensor = { dtype: 'int32', shape: [1, 2], data: Int32Array.of(1, 2) };
    await expect(interpret(graph(), weights, { a: two, b: ints })).rejects.toThrow(
      'feed b: expected float32[N, 2], received int32[1, 2] of 2 elements.',
    );
  });

  test('missing weights', async () => {
    await expect(interpret(graph(), new Map(), { a: two, b: two })).rejects.toThrow(
      'weights: expected the 2 tensors of the model, received 2 missing (linear.weight, linear.bias). Choose the model variant that these weights were trained for.',
    );
  });
});
