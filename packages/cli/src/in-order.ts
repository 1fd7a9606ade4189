/** @file Several pieces of work at once, results in order. */

/**
 * Does `work` for each item, at most `limit` at once, and yields the results in the items' order. The first failure
 * is thrown in its turn, when what was begun has ended; nothing is begun after it.
 */
export async function* inOrder<T, R>(
  items: Iterable<T>,
  limit: number,
  work: (item: T, index: number) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  const begun: Promise<R>[] = [];
  let failed = false;
  let index = 0;
  const iterator = items[Symbol.iterator]();
  const begin = (): boolean => {
    const { value, done } = failed ? { value: undefined, done: true } : iterator.next();
    if (done) return false;
    const result = work(value as T, index++);
    result.catch(() => (failed = true));
    begun.push(result);
    return true;
  };
  try {
    while (begun.length < limit && begin());
    while (begun.length > 0) {
      const result = await begun[0]!;
      begun.shift();
      begin();
      yield result;
    }
  } finally {
    failed = true;
    await Promise.allSettled(begun);
  }
}
