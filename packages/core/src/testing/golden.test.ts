import { float32Tensor } from '../tensor.js';
import { compareWithGolden, compareWithStage, parseGolden, statisticsOf } from './golden.js';

const FILE = {
  name: 'small',
  source: 'by hand',
  naming: 'pyslowfast',
  input: { clip: [1, 3, 2, 2, 2], slowIndices: [0, 1], boxes: null },
  params: [
    ['a.weight', [2, 3]],
    ['a.bias', [2]],
  ],
  paramCount: 8,
  convLinearMacs: 6,
  stages: { s1: { shape: [2, 3], mean: 1, std: 0.5, index: [0, 5], value: [1, 2] } },
  projection: null,
  output: { shape: [1, 2], value: [0.25, -4] },
};
const changed = (change: object): unknown => ({ ...FILE, ...change });

test('reads a file from its text and its value alike', () => {
  expect(parseGolden(FILE)).toEqual(FILE);
  expect(parseGolden(JSON.stringify(FILE))).toEqual(FILE);
});

test('optional fields may be missing; boxes and projections are read', () => {
  const input = { clip: [1], boxes: [[0, 1, 2, 3, 4]] };
  const golden = parseGolden(changed({ input, projection: { shape: [1], value: [3] } }));
  expect(golden.input).toEqual({ ...input, slowIndices: null });
  expect(golden.projection).toEqual({ shape: [1], value: [3] });
});

const wrong: readonly (readonly [unknown, string])[] = [
  [[], 'golden: expected an object, received a list.'],
  [changed({ name: 3 }), 'name: expected a text, received a number.'],
  [changed({ input: null }), 'input: expected an object, received null.'],
  [changed({ paramCount: '8' }), 'paramCount: expected a number, received a string.'],
  [changed({ params: [['a', 'b']] }), 'params[0][1]: expected a list, received a string.'],
  [changed({ stages: { s1: {} } }), 'stages.s1.index: expected a list, received nothing.'],
  [
    changed({ stages: { s1: { ...FILE.stages.s1, value: [1] } } }),
    'stages.s1.value: expected 2 values, received 1.',
  ],
  [
    changed({ output: { shape: [1, 3], value: [1] } }),
    'output.value: expected the values of [1, 3], received 1.',
  ],
];

test.each(wrong)('names the field that is wrong: %j', (json, message) => {
  expect(() => parseGolden(json)).toThrow(expect.objectContaining({ name: 'SpecError', message }));
});

test('text that is no JSON is an error of ours', () => {
  expect(() => parseGolden('{')).toThrow(/^golden: expected JSON, received /);
});

test('the limit grows with the largest reference value, from 1 on', () => {
  const golden = FILE.output;
  const at = (...values: number[]) => float32Tensor([1, values.length], Float32Array.from(values));
  expect(compareWithGolden(at(0.25, -4), golden, 0.01)).toEqual({
    maxAbsDiff: 0,
    limit: 0.04,
    ok: true,
  });
  expect(compareWithGolden(at(0.25, -4.03125), golden, 0.01)).toMatchObject({
    maxAbsDiff: 0.03125,
    ok: true,
  });
  expect(compareWithGolden(at(0.3125, -4), golden, 0.01)).toMatchObject({
    maxAbsDiff: 0.0625,
    ok: false,
  });
  expect(compareWithGolden(at(0), { shape: [1], value: [0.5] }, 0.01).limit).toBe(0.01);
});

test('NaN, missing elements and other shapes never agree', () => {
  const golden = FILE.output;
  const nan = float32Tensor([1, 2], Float32Array.of(0.25, NaN));
  expect(compareWithGolden(nan, golden, 1)).toEqual({ maxAbsDiff: Infinity, limit: 4, ok: false });
  const short = float32Tensor([1, 1], Float32Array.of(0.25));
  expect(compareWithGolden(short, golden, 1)).toMatchObject({ maxAbsDiff: Infinity, ok: false });
  const other = float32Tensor([2, 1], Float32Array.of(0.25, -4));
  expect(compareWithGolden(other, golden, 1)).toMatchObject({ maxAbsDiff: 0, ok: false });
});

test('a stage is compared at its sampled positions, with statistics', () => {
  const tensor = float32Tensor([2, 3], Float32Array.of(1, 9, 9, 9, 9, 2.5));
  expect(compareWithStage(tensor, FILE.stages.s1, 0.25)).toEqual({
    maxAbsDiff: 0.5,
    limit: 0.5,
    ok: true,
    ...statisticsOf(tensor.data),
  });
  expect(statisticsOf(Float32Array.of(1, 3))).toEqual({ mean: 2, std: 1 });
});
