/** @file Runs one after another, and closing after them: how compiled models behave when asked at once. */
import { RuntimeError } from '../errors.js';

/** Takes runs in the order in which they are asked for; closing waits for them and releases once. */
export class RunQueue {
  readonly #name: string;
  readonly #release: () => Promise<void>;
  #last: Promise<unknown> = Promise.resolve();
  #closed: Promise<void> | undefined;

  /** `name` is what errors call it by; `release` frees what the runs use. */
  constructor(name: string, release: () => Promise<void>) {
    this.#name = name;
    this.#release = release;
  }

  /** Throws {@link RuntimeError} once {@link RunQueue.close} was called. */
  checkOpen(): void {
    if (this.#closed === undefined) return;
    throw new RuntimeError({
      site: this.#name,
      expected: 'a model that is open',
      received: 'one that was disposed',
      remedy: 'Compile it again, or dispose it later',
    });
  }

  /** Runs after all that were asked for before. */
  add<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#last.then(run);
    // The caller sees a failure; the next run goes ahead all the same.
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** Refuses further runs and releases after those that were asked for. */
  close(): Promise<void> {
    this.#closed ??= this.#last.then(() => this.#release());
    return this.#closed;
  }
}
