import { WeightError } from '../errors.js';
import { float32Tensor } from '../tensor.js';
import { memoryStore, renamedStore, type WeightStore } from './store.js';

const a = float32Tensor([2], Float32Array.of(1, 2));
const b = float32Tensor([1, 1], Float32Array.of(3));
const store = () =>
  memoryStore(
    [
      ['module.a', a],
      ['module.b', b],
    ],
    { zoo: 'test' },
  );

test('a store over tensors in memory', async () => {
  expect([...store().names]).toEqual(['module.a', 'module.b']);
  expect(store().shapeOf('module.b')).toEqual([1, 1]);
  expect(await store().read('module.a')).toBe(a);
  expect(store().metadata).toEqual({ zoo: 'test' });
  expect(memoryStore([]).metadata).toEqual({});
});

test('names that it does not hold', async () => {
  const message =
    'c: expected the name of a stored tensor, received a name that none of the 2 tensors has.';
  expect(() => store().shapeOf('c')).toThrow(WeightError);
  expect(() => store().shapeOf('c')).toThrow(message);
  await expect(store().read('c')).rejects.toThrow(message);
});

test('other names for the same tensors; undefined leaves one out', async () => {
  const renamed = renamedStore(store(), (name) =>
    name === 'module.b' ? undefined : name.replace('module.', ''),
  );
  expect([...renamed.names]).toEqual(['a']);
  expect(renamed.shapeOf('a')).toEqual([2]);
  expect(await renamed.read('a')).toBe(a);
  expect(renamed.metadata).toEqual({ zoo: 'test' });
  expect('close' in renamed).toBe(false);
  const message =
    'module.a: expected the name of a stored tensor, received a name that none of the 1 tensors has.';
  expect(() => renamed.shapeOf('module.a')).toThrow(message);
  await expect(renamed.read('module.a')).rejects.toThrow(message);
});

test('two tensors under one name', () => {
  expect(() => renamedStore(store(), () => 'same')).toThrow(WeightError);
  expect(() => renamedStore(store(), () => 'same')).toThrow(
    "same: expected one tensor of this name, received two: 'module.a' and 'module.b'.",
  );
});

test('swapping two names is no collision', async () => {
  const swapped = renamedStore(store(), (name) => (name === 'module.a' ? 'module.b' : 'module.a'));
  expect(await swapped.read('module.a')).toBe(b);
  expect(await swapped.read('module.b')).toBe(a);
});

test('closing reaches the store below', async () => {
  let closed = 0;
  const file: WeightStore = { ...store(), close: async () => void closed++ };
  await renamedStore(file, (name) => name).close!();
  expect(closed).toBe(1);
});
