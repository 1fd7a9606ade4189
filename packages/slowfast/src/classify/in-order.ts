/** @file Several pieces of work at once, results in order. */

/** Results that wait for an earlier one, for each piece of work that may go on at once. */
const HELD = 4;

/**
 * Does `work` for each item, at most `limit` at once, and yields the results in the items' order. One that takes long does
 * not keep those after it from being done, as far as their results may wait, and items that are slow to come do not keep
 * results back. The first failure, of work or items, is thrown in its turn, when what was begun has ended; nothing is
 * begun after it.
 */
export async function* inOrder<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  limit: number,
  work: (item: T, index: number) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  const source =
    Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  /** Those that were begun and not yet yielded. */
  const queue: Promise<R>[] = [];
  let [next, running, over] = [0, 0, false];
  let pull: Promise<void> | undefined;
  const enter = (result: Promise<R>): void => {
    queue.push(result);
    // It is thrown where it is awaited.
    result.catch(() => undefined);
  };
  const done = async (item: T): Promise<R> => {
    try {
      return await work(item, next++);
    } catch (error) {
      over = true;
      throw error;
    } finally {
      running -= 1;
      begin();
    }
  };
  const pullOne = async (): Promise<void> => {
    try {
      const { value, done: isLast } = await source.next();
      if (isLast) over = true;
      if (over) return;
      running += 1;
      enter(done(value));
    } catch (error) {
      over = true;
      enter(Promise.reject(error));
    }
  };
  const begin = (): void => {
    if (over || pull || running >= limit || queue.length >= HELD * limit) return;
    pull = pullOne().finally(() => {
      pull = undefined;
      begin();
    });
  };
  try {
    begin();
    for (;;) {
      if (queue.length > 0) {
        const result = await queue[0]!;
        queue.shift();
        begin();
        yield result;
      } else if (pull) await pull;
      else return;
    }
  } finally {
    over = true;
    await Promise.allSettled(queue);
    // A source that never comes to its next item would never return, either.
    const closing = Promise.resolve(source.return?.()).catch(() => undefined);
    if (!pull) await closing;
  }
}

/** Takes all that there is to come, for what is done on the way. */
export async function toEnd(results: AsyncGenerator<unknown>): Promise<void> {
  while (!(await results.next()).done);
}
