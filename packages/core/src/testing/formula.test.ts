import { SpecError, WeightError } from '../errors.js';
import { fnv1a, formulaClip, formulaStore, formulaTensor, formulaUniform } from './formula.js';

const floats = (values: readonly number[]): number[] => values.map(Math.fround);

test('the published check values', () => {
  expect(fnv1a('clip')).toBe(1393659643);
  expect(formulaUniform(fnv1a('clip'), 4999999)).toBe(0.4331988753983751);
  const clip = formulaClip([1, 3, 1, 1, 1]);
  expect([...clip.data]).toEqual(floats([1.73291874, 0.625353992, 1.68663251]));
  const stem = formulaTensor('s1.pathway0_stem.conv.weight', [64, 3, 1, 7, 7]);
  expect([...stem.data.subarray(0, 3)]).toEqual(
    floats([-0.0172637906, 0.0757175237, -0.107504718]),
  );
});

test('FNV-1a works on UTF-8 bytes', () => {
  // Known vectors of FNV-1a, 32 bits: the empty text, 'a' and 'foobar'.
  expect(fnv1a('')).toBe(0x811c9dc5);
  expect(fnv1a('a')).toBe(0xe40c292c);
  expect(fnv1a('foobar')).toBe(0xbf9cf968);
  const bytewise = (text: string): number =>
    new TextEncoder()
      .encode(text)
      .reduce((hash, byte) => Math.imul(hash ^ byte, 0x01000193) >>> 0, 0x811c9dc5);
  for (const text of ['é', 'β = 1/8', '漢字', '🎬.weight'])
    expect(fnv1a(text)).toBe(bytewise(text));
});

test('the name decides the range', () => {
  const range = (name: string, shape: readonly number[]) => {
    const values = Array.from(formulaTensor(name, shape).data, Number);
    return [Math.min(...values), Math.max(...values)] as const;
  };
  const expectWithin = (name: string, shape: readonly number[], low: number, high: number) => {
    const [least, most] = range(name, shape);
    const margin = (high - low) / 50;
    expect(least).toBeGreaterThanOrEqual(low);
    expect(least).toBeLessThan(low + margin);
    expect(most).toBeLessThanOrEqual(high);
    expect(most).toBeGreaterThan(high - margin);
  };
  expectWithin('bn.running_var', [1000], 0.5, 1.5);
  expectWithin('bn.running_mean', [1000], -0.2, 0.2);
  expectWithin('bn.bias', [1000], -0.2, 0.2);
  expectWithin('bn.weight', [1000], 0.5, 1.5);
  const limit = Math.fround(Math.sqrt(3 / 12));
  expectWithin('conv.weight', [100, 3, 1, 2, 2], -limit, limit);
  expectWithin('nonlocal.conv.weight', [100, 3, 1, 2, 2], -limit / 8, limit / 8);
  expectWithin('nonlocal.bn.weight', [1000], 0.5, 1.5);
});

test('counters are 64-bit zeros', () => {
  const counter = formulaTensor('bn.num_batches_tracked', []);
  expect(counter).toEqual({ dtype: 'int64', shape: [], data: new BigInt64Array(1) });
});

test('a name of no known kind is an error', () => {
  expect(() => formulaTensor('conv.kernel', [1])).toThrow(SpecError);
  expect(() => formulaTensor('conv.kernel', [1])).toThrow(
    "conv.kernel: expected a name ending with weight, bias, running_mean, running_var or num_batches_tracked, received 'conv.kernel'.",
  );
});

test('the store computes what is asked for', async () => {
  const store = formulaStore([
    ['a.weight', [2, 3]],
    ['a.bias', [2]],
  ]);
  expect([...store.names]).toEqual(['a.weight', 'a.bias']);
  expect(store.shapeOf('a.weight')).toEqual([2, 3]);
  expect(await store.read('a.bias')).toEqual(formulaTensor('a.bias', [2]));
  expect(() => store.shapeOf('b')).toThrow(WeightError);
  await expect(store.read('b')).rejects.toThrow(
    'b: expected the name of a stored tensor, received a name that none of the 2 tensors has.',
  );
});
