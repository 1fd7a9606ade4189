/** @file Runs one after another: for what computes one thing at a time. */

/** Takes runs in the order in which they are asked for. */
export class RunQueue {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs after all that were asked for before. */
  add<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#last.then(run);
    // The caller sees a failure; the next run goes ahead all the same.
    this.#last = result.catch(() => undefined);
    return result;
  }
}
