/** @file Several pieces of work at once, results in order. */

/** Results that wait for an earlier one, for each piece of work that may go on at once. */
const HELD = 4;

/**
 * Does `work` for each item, at most `limit` at once, and yields the results in the items' order. One that takes long does
 * not keep those after it from being done, as far as their results may wait. The first failure is thrown in
 * its turn, when what was begun has ended; nothing is begun after it.
 */
export async function* inOrder<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T, index: number) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  /** Those that were begun and not yet yielded. */
  const begun: Promise<R>[] = [];
  let [next, running, failed] = [0, 0, false];
  const begin = (): void => {
    while (!failed && next < items.length && running < limit && begun.length < HELD * limit) {
      running += 1;
      const result = work(items[next]!, next++);
      begun.push(result);
      void result
        .catch(() => (failed = true))
        .finally(() => {
          running -= 1;
          begin();
        });
    }
  };
  try {
    begin();
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
