import { inOrder } from './in-order.js';

/** Work that ends when it is told to, and what of it goes on. */
function workshop() {
  const ends: (() => void)[] = [];
  const state = { running: 0, most: 0, begun: 0 };
  const work = async (item: number): Promise<number> => {
    state.begun += 1;
    state.most = Math.max(state.most, ++state.running);
    await new Promise<void>((resolve) => (ends[item] = resolve));
    state.running -= 1;
    if (item === 3) throw new Error('three');
    return item * 10;
  };
  return { ends, state, work };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('results come in order, and no more than the limit is done at once', async () => {
  const { ends, state, work } = workshop();
  const results: number[] = [];
  const all = (async () => {
    for await (const result of inOrder([0, 1, 2], 2, work)) results.push(result);
  })();
  await turn();
  expect(state.begun).toBe(2);
  ends[1]!();
  await turn();
  expect(results).toEqual([]);
  ends[0]!();
  await turn();
  expect(results).toEqual([0, 10]);
  ends[2]!();
  await all;
  expect(results).toEqual([0, 10, 20]);
  expect(state.most).toBe(2);
});

test('one that takes long does not keep the others waiting, up to a number of results', async () => {
  const { ends, state, work } = workshop();
  const results: number[] = [];
  const items = [0, 1, 2, 10, 11, 12, 13, 14, 15, 16];
  const all = (async () => {
    for await (const result of inOrder(items, 2, work)) results.push(result);
  })();
  await turn();
  for (const item of items.slice(1, 8)) {
    ends[item]!();
    await turn();
  }
  // The first goes on; four results for each piece of work at once wait for it at most, itself among them.
  expect([results, state.begun, state.running]).toEqual([[], 8, 1]);
  ends[0]!();
  await turn();
  expect([results.length, state.running]).toEqual([8, 2]);
  for (const item of items.slice(8)) ends[item]!();
  await all;
  expect(results).toEqual(items.map((item) => item * 10));
  expect(state.most).toBe(2);
});

test('a failure comes in its turn; nothing is begun after it, and what was begun ends first', async () => {
  const { ends, state, work } = workshop();
  const results: number[] = [];
  let error: unknown;
  const all = (async () => {
    for await (const result of inOrder([2, 3, 4, 5], 3, work)) results.push(result);
  })().catch((reason: unknown) => (error = reason));
  await turn();
  ends[3]!();
  await turn();
  ends[2]!();
  await turn();
  expect([results, error]).toEqual([[20], undefined]);
  ends[4]!();
  await all;
  expect(error).toEqual(new Error('three'));
  expect(state).toMatchObject({ begun: 3, running: 0 });
});

test('items may come slowly: results do not wait for the next item, and an error of theirs comes in its turn', async () => {
  let release: () => void = () => undefined;
  async function* items() {
    yield 0;
    await new Promise<void>((resolve) => (release = resolve));
    throw new Error('no more');
  }
  const results = inOrder(items(), 2, async (item) => item);
  expect(await results.next()).toEqual({ value: 0, done: false });
  const next = results.next();
  release();
  await expect(next).rejects.toThrow('no more');
});
