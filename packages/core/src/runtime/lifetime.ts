/** @file How long a compiled model lives: runs while it is open, and releasing what they use after the last. */
import { checkArguments } from '../arguments.js';
import { RuntimeError } from '../errors.js';

/** The life of a compiled model: closing refuses further runs, waits for those that go on, and releases once. */
export class Lifetime {
  readonly #name: string;
  readonly #release: () => Promise<void>;
  readonly #running = new Set<Promise<unknown>>();
  #closed: Promise<void> | undefined;

  /** `name` is what errors call the model by; `release` frees what the runs use. */
  constructor(name: string, release: () => Promise<void>) {
    checkArguments('Lifetime', { name: [name, 'string'], release: [release, 'function'] });
    this.#name = name;
    this.#release = release;
  }

  /** Does one run. Rejects with {@link RuntimeError} once {@link Lifetime.close} was called. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#closed !== undefined) {
      throw new RuntimeError({
        site: this.#name,
        expected: 'a model that is open',
        received: 'one that was disposed',
        remedy: 'Compile it again, or dispose it later',
      });
    }
    const running = task();
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  /** Refuses further runs and releases after those that go on. */
  close(): Promise<void> {
    this.#closed ??= Promise.allSettled(this.#running).then(() => this.#release());
    return this.#closed;
  }
}
