/** @file Dynamic batching: requests that wait at the same time are run together. */
import type { CompiledModel } from '@slowfast/core';
import { apart, joined, rowShape, rowsOf, type Tensors } from './rows.js';

/** How requests are batched. */
export interface BatchingOptions {
  /** Rows a run at most; default 8. */
  readonly maxBatch?: number;
  /** Milliseconds that a request may wait for others to run with; default 5. */
  readonly batchDelay?: number;
}

/** What a batcher tells of each run. */
export interface BatchRun {
  readonly rows: number;
  /** Milliseconds in the model. */
  readonly duration: number;
}

/** Runs a model for many who ask at once. */
export interface Batcher {
  /** Rows a run at most; 1 for a model whose requests cannot be joined. */
  readonly maxBatch: number;
  /** Requests that wait, and rows in the model. */
  readonly waiting: number;
  readonly running: number;
  /** Runs feeds that were checked; rejects as the model does, or with the signal's reason while they wait. */
  run(feeds: Tensors, signal: AbortSignal): Promise<Tensors>;
}

interface Waiting {
  readonly feeds: Tensors;
  readonly rows: number;
  readonly shape: string;
  readonly since: number;
  resolve(outputs: Tensors): void;
  reject(reason: unknown): void;
}

/**
 * Whether requests can be joined: the first axis of everything that goes in and out is that of clips. Boxes name their clip
 * by its place, which is another in a batch, whatever their axis is called.
 */
export const isBatched = ({ inputs, outputs }: CompiledModel): boolean => {
  if (Object.hasOwn(inputs, 'boxes')) return false;
  const first = Object.values(inputs)[0]?.[0];
  return (
    typeof first === 'string' &&
    [...Object.values(inputs), ...Object.values(outputs)].every(([rows]) => rows === first)
  );
};

/** A batcher of a model. It has no bound of its own: whoever asks is to be admitted before. */
export function batcher(
  model: CompiledModel,
  { maxBatch = 8, batchDelay = 5 }: BatchingOptions,
  onRun: (run: BatchRun) => void = () => undefined,
): Batcher {
  const areJoined = isBatched(model);
  const most = areJoined ? maxBatch : 1;
  const lanes = model.parallelRuns ?? 1;
  const queue: Waiting[] = [];
  let [busy, running] = [0, 0];
  let timer: NodeJS.Timeout | undefined;

  /** The oldest, and as many of its shape as fit beside it. */
  function nextBatch(): Waiting[] {
    const [head] = queue;
    if (!head) return [];
    if (!areJoined) return [head];
    const batch: Waiting[] = [];
    let rows = 0;
    for (const one of queue) {
      if (batch.length > 0 && (one.shape !== head.shape || rows + one.rows > most)) continue;
      batch.push(one);
      rows += one.rows;
      if (rows >= most) break;
    }
    return batch;
  }

  function dispatch(): void {
    clearTimeout(timer);
    while (busy < lanes) {
      const batch = nextBatch();
      if (batch.length === 0) return;
      const rows = batch.reduce((sum, one) => sum + one.rows, 0);
      const rest = batchDelay - (performance.now() - batch[0]!.since);
      if (areJoined && rows < most && rest > 0) {
        timer = setTimeout(dispatch, rest);
        return;
      }
      for (const one of batch) queue.splice(queue.indexOf(one), 1);
      void runBatch(batch, rows);
    }
  }

  async function runBatch(batch: readonly Waiting[], rows: number): Promise<void> {
    busy += 1;
    running += rows;
    const startedAt = performance.now();
    try {
      const feeds = await joined(batch.map((one) => one.feeds));
      const outputs = await model.run(feeds, { transfer: true });
      const parts = apart(
        outputs,
        batch.map((one) => one.rows),
      );
      batch.forEach((one, i) => one.resolve(parts[i]!));
    } catch (error) {
      for (const one of batch) one.reject(error);
    } finally {
      busy -= 1;
      running -= rows;
      onRun({ rows, duration: performance.now() - startedAt });
      dispatch();
    }
  }

  return {
    maxBatch: most,
    get waiting() {
      return queue.length;
    },
    get running() {
      return running;
    },
    run: (feeds, signal) =>
      new Promise<Tensors>((resolve, reject) => {
        signal.throwIfAborted();
        const onAbort = (): void => {
          const at = queue.indexOf(one);
          // What runs is run to its end: others may be in the same batch.
          if (at >= 0) queue.splice(at, 1);
          reject(signal.reason as Error);
        };
        const settle = <T>(then: (value: T) => void) => {
          return (value: T): void => {
            signal.removeEventListener('abort', onAbort);
            then(value);
          };
        };
        const one: Waiting = {
          ...{ feeds, rows: rowsOf(feeds), shape: rowShape(feeds), since: performance.now() },
          resolve: settle(resolve),
          reject: settle(reject),
        };
        signal.addEventListener('abort', onAbort, { once: true });
        queue.push(one);
        dispatch();
      }),
  };
}
