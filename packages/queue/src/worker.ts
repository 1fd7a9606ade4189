/** @file Works on shards until it is told to end: then it finishes the video in hand, and gives back the rest. */
import { UnrecoverableError, WaitingError, Worker, type Job } from 'bullmq';
import { RuntimeError } from '@slowfast/core';
import type { RunInfo } from './run-board.js';
import { PREFIX, type JobData, type VideoQueue } from './video-queue.js';

/** A shard as it is worked on. */
export interface ShardTask {
  readonly run: RunInfo;
  /** From 1, of {@link RunInfo.shards}. */
  readonly index: number;
  /** Its rows are `from` to `to`, not itself. */
  readonly from: number;
  readonly to: number;
  /** Aborted when the run is cancelled: work ends at once. */
  readonly signal: AbortSignal;
  /** Whether another video may be begun; otherwise those that were begun are finished, and `rest` is the answer. */
  mayBegin(): boolean;
  /** Says that a row has ended, how, and in how many seconds; 0 for one that was known. Never waits. */
  ended(row: number, outcome: VideoOutcome, seconds: number): void;
}

/** How a video ended. */
export type VideoOutcome = 'done' | 'broken';

/** What is done with runs; what a worker is for. */
export interface RunWork {
  /** Does a shard: `done` when all of it is kept, `rest` when it was left early. Rejects for what is no video's fault. */
  shard(task: ShardTask): Promise<'done' | 'rest'>;
  /** Sums a run up, when all of its shards are kept. */
  reduce(run: RunInfo): Promise<void>;
}

/** What a worker tells. */
export type WorkerEvent =
  | { readonly kind: 'video'; readonly outcome: VideoOutcome; readonly seconds: number }
  | {
      readonly kind: 'shard';
      readonly run: string;
      readonly index: number;
      readonly outcome: 'done' | 'rest' | 'failed';
      readonly reason?: string;
    }
  | { readonly kind: 'reduction'; readonly run: string }
  | { readonly kind: 'stalled' }
  | { readonly kind: 'connection'; readonly isThere: boolean; readonly reason?: string };

/** How a worker works. */
export interface WorkerOptions {
  /** Ends it: the video in hand is finished. */
  readonly signal: AbortSignal;
  /** Seconds after which a shard of a worker that does not answer is given to another; default 30. */
  readonly lockSeconds?: number;
  /** Ends when the queue is empty; default: waits for more. */
  readonly untilEmpty?: boolean;
  /** Called with what happens, while it works. */
  readonly onEvent?: (event: WorkerEvent) => void;
}

/** Milliseconds between questions whether a run was cancelled, or the queue is empty. */
const ASK_MS = 1000;
/** Milliseconds that ending waits for a server that is not there: what was not given back is taken for stalled. */
const GIVE_BACK_MS = 5000;

/** Works until the signal aborts, or until the queue is empty where that is asked for. */
export async function workQueue(
  queue: VideoQueue,
  work: RunWork,
  { signal, lockSeconds = 30, untilEmpty = false, onEvent = () => undefined }: WorkerOptions,
): Promise<void> {
  const lockDuration = lockSeconds * 1000;
  let isConnected = true;
  const worker = new Worker<JobData>(
    queue.name,
    (job, token) => (job.name === 'reduce' ? reduce(job) : shard(job, token!)),
    {
      connection: queue.redis,
      prefix: PREFIX,
      lockDuration,
      stalledInterval: lockDuration,
      // A video that ends its process is told by its attempts (see the work), not by those of its shard.
      maxStalledCount: 1000,
      runRetryDelay: 1000,
      drainDelay: 2,
    },
  );
  const connection = (isThere: boolean, reason?: string): void => {
    if (isThere === isConnected) return;
    isConnected = isThere;
    onEvent({ kind: 'connection', isThere, ...(reason === undefined ? {} : { reason }) });
  };
  const onClose = (): void => connection(false, 'it was cut off');
  const onReady = (): void => connection(true);
  queue.redis.on('close', onClose).on('ready', onReady);
  // Nothing is lost by an error here: a lock that could not be kept gives its job to another worker.
  worker.on('error', (error) => {
    if (queue.redis.status !== 'ready') connection(false, error.message);
  });
  worker.on('stalled', () => onEvent({ kind: 'stalled' }));
  worker.on('failed', (job, error) => {
    if (job?.data.shard === undefined) return;
    const { run, shard: index } = job.data;
    onEvent({ kind: 'shard', run, index: index + 1, outcome: 'failed', reason: error.message });
  });

  async function described(id: string): Promise<RunInfo> {
    const run = await queue.board.find(id);
    if (run) return run;
    throw new UnrecoverableError(`run ${id} is not known any more`);
  }

  async function shard(job: Job<JobData>, token: string): Promise<void> {
    const run = await described(job.data.run);
    if (run.state === 'cancelled') return;
    const number = job.data.shard!;
    const cancelled = new AbortController();
    const asking = setInterval(() => {
      queue.board.isCancelled(run.id).then(
        (isCancelled) => isCancelled && cancelled.abort(new Cancelled()),
        () => undefined,
      );
    }, ASK_MS);
    try {
      const outcome = await work.shard({
        ...{ run, index: number + 1, signal: cancelled.signal },
        from: number * run.size,
        to: Math.min(run.rows, (number + 1) * run.size),
        mayBegin: () => !signal.aborted && !cancelled.signal.aborted,
        ended: (row, kind, seconds) => {
          onEvent({ kind: 'video', outcome: kind, seconds });
          // Waits for a connection by itself; bits are set again when the shard is done again.
          queue.board.endRow(run.id, row, kind === 'broken').catch(() => undefined);
        },
      });
      onEvent({ kind: 'shard', run: run.id, index: number + 1, outcome });
      if (outcome === 'done') return await queue.continueAfter(run, number);
    } catch (error) {
      if (!cancelled.signal.aborted) throw error;
    } finally {
      clearInterval(asking);
    }
    if (cancelled.signal.aborted) return;
    await job.moveToWait(token);
    throw new WaitingError();
  }

  async function reduce(job: Job<JobData>): Promise<void> {
    const run = await described(job.data.run);
    if (run.state === 'cancelled') return;
    const { endedShards } = await queue.board.progress(run.id);
    if (endedShards < run.shards) {
      const rest = run.shards - endedShards;
      throw new UnrecoverableError(`${rest} of ${run.shards} jobs have not ended: retry the run`);
    }
    await work.reduce(run);
    await queue.board.end(run.id, 'done');
    onEvent({ kind: 'reduction', run: run.id });
  }

  try {
    await untilEnd(queue, signal, untilEmpty);
  } finally {
    const closing = worker.close();
    // Without a server a worker would wait for it for ever, with nothing in hand.
    await (isConnected ? closing : Promise.race([closing, pause(GIVE_BACK_MS)]));
    queue.redis.off('close', onClose).off('ready', onReady);
  }
}

/** Resolves when the signal aborts, or the queue is found empty. */
function untilEnd(queue: VideoQueue, signal: AbortSignal, untilEmpty: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      queue.queue
        .getJobCounts('waiting', 'active', 'delayed', 'prioritized')
        .then((counts) => Object.values(counts).every((count) => count === 0) && end(), reject);
    };
    const timer = untilEmpty && !signal.aborted ? setInterval(look, ASK_MS) : undefined;
    const end = (): void => {
      clearInterval(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    if (signal.aborted) return end();
    signal.addEventListener('abort', end);
  });
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds).unref());

/** The reason of a signal of a run that was cancelled. */
class Cancelled extends RuntimeError {
  constructor() {
    super({ site: 'run', expected: 'to go on', received: 'a cancellation' });
  }
}
