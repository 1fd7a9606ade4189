/**
 * @file Runs as jobs: a shard a job, all of them children of one reduction. Only a window of shards is on the server at any
 * time: each shard that ends puts the one that is a window further on in its place, whoever works on it.
 */
import { FlowProducer, Queue, type Job, type JobsOptions } from 'bullmq';
import type { Redis } from 'ioredis';
import { SpecError } from '@slowfast/core';
import { connect, redactedUrl, type ServerOptions } from './redis.js';
import { RunBoard, type RunInfo, type RunProgress, type RunRequest } from './run-board.js';

/** Where the keys of all queues are. */
export const PREFIX = 'slowfast';

/** Which queue. */
export interface QueueOptions extends ServerOptions {
  /** Default `videos`. */
  readonly name?: string;
}

/** What a job says: a shard of a run, from 0, or its reduction. */
export interface JobData {
  readonly run: string;
  readonly shard?: number;
}

/** A shard that failed, with why. */
export interface FailedShard {
  /** From 1. */
  readonly shard: number;
  readonly reason: string;
}

/** A run and how far it is. */
export interface RunStatus extends RunInfo, RunProgress {
  /** Shards that will not be tried again before `retry`. */
  readonly failed: readonly FailedShard[];
  /** Jobs of the whole queue that wait, and that are worked on. */
  readonly waiting: number;
  readonly active: number;
}

/** Attempts at a shard that fails for another reason than a video: a disk that is full, a model that is not there. */
const ATTEMPTS = 3;

const SHARD_OPTIONS = {
  attempts: ATTEMPTS,
  backoff: { type: 'exponential', delay: 1000 },
  removeOnComplete: true,
} satisfies JobsOptions;

/** Reductions that are remembered. */
const REDUCTIONS = 100;
/** Events that are remembered; the default of ten times as many takes megabytes. */
const EVENTS = 1000;

const shardId = (run: string, shard: number): string => `${run}-${shard}`;
const reductionId = (run: string): string => `${run}-reduction`;

/** Runs on a server. */
export class VideoQueue implements AsyncDisposable {
  readonly board: RunBoard;
  /** The server's address without credentials. */
  readonly address: string;
  /** BullMQ's queue, for what is not here: a board in a browser, say. */
  readonly queue: Queue<JobData>;
  readonly name: string;
  readonly redis: Redis;
  readonly #flows: FlowProducer;

  constructor(redis: Redis, name: string, address: string) {
    this.redis = redis;
    this.name = name;
    this.address = address;
    this.board = new RunBoard(redis, name);
    const shared = { connection: redis, prefix: PREFIX };
    this.queue = new Queue(name, { ...shared, streams: { events: { maxLen: EVENTS } } });
    this.#flows = new FlowProducer(shared);
    // Told by commands that fail, and by the connection itself, which connects again.
    this.queue.on('error', () => undefined);
    this.#flows.on('error', () => undefined);
  }

  /** Adds a run, or what of it is neither done nor on the server: after `cancel`, say. Gives the run as it is now. */
  async add(request: RunRequest): Promise<RunInfo> {
    const run = await this.board.add(request);
    if (run.state !== 'done') await this.#enqueue(run);
    return run;
  }

  /** Puts on the server what belongs there: the reduction, and of every chain of shards the first that has not ended. */
  async #enqueue(run: RunInfo): Promise<void> {
    const firsts: number[] = [];
    for (let chain = 0; chain < Math.min(run.window, run.shards); chain++) {
      const shard = await this.board.nextShard(run, chain, run.window);
      if (shard !== undefined) firsts.push(shard);
    }
    const reduction = await this.queue.getJob(reductionId(run.id));
    if (reduction) {
      for (const shard of firsts) await this.addShard(run, shard);
      if (await reduction.isFailed()) await reduction.retry();
      return;
    }
    await this.#flows.add({
      name: 'reduce',
      queueName: this.name,
      data: { run: run.id } satisfies JobData,
      opts: {
        ...SHARD_OPTIONS,
        jobId: reductionId(run.id),
        removeOnComplete: { count: REDUCTIONS },
      },
      children: firsts.map((shard) => ({
        name: 'shard',
        queueName: this.name,
        data: { run: run.id, shard } satisfies JobData,
        opts: { ...SHARD_OPTIONS, jobId: shardId(run.id, shard) },
      })),
    });
  }

  /** Adds a shard, from 0; nothing where it is on the server. */
  async addShard({ id }: Pick<RunInfo, 'id'>, shard: number): Promise<void> {
    const parent = { id: reductionId(id), queue: this.queue.qualifiedName };
    const options = { ...SHARD_OPTIONS, jobId: shardId(id, shard), parent };
    await this.queue.add('shard', { run: id, shard }, options);
  }

  /** After a shard, from 0: adds the next of its chain, before it counts as ended itself. */
  async continueAfter(run: RunInfo, shard: number): Promise<void> {
    await this.board.endShard(run.id, shard);
    const next = await this.board.nextShard(run, shard + run.window, run.window);
    if (next !== undefined) await this.addShard(run, next);
  }

  /** A run and how far it is; throws {@link SpecError} for a name that is not known. */
  async status(id: string): Promise<RunStatus> {
    const run = await this.#known(id);
    const [progress, counts, failures] = await Promise.all([
      this.board.progress(id),
      this.queue.getJobCounts('waiting', 'active', 'delayed'),
      this.#failedJobs(id),
    ]);
    const failed = failures.map(({ data, failedReason }) => ({
      shard: (data.shard ?? -1) + 1,
      reason: failedReason,
    }));
    const waiting = (counts['waiting'] ?? 0) + (counts['delayed'] ?? 0);
    return { ...run, ...progress, failed, waiting, active: counts['active'] ?? 0 };
  }

  /** Ends a run: what waits is removed, what is worked on ends after the video in hand. What is done stays. */
  async cancel(id: string): Promise<void> {
    const { state } = await this.#known(id);
    if (state === 'done') return;
    await this.board.end(id, 'cancelled');
    for (const job of await this.queue.getJobs(['waiting', 'delayed', 'prioritized', 'failed'])) {
      // One that has just been taken is left to its worker, which asks whether it may.
      if (job?.data.run === id) await job.remove().catch(() => undefined);
    }
    const reduction = await this.queue.getJob(reductionId(id));
    await reduction?.remove().catch(() => undefined);
  }

  /** Does shards that failed again, and those that were lost. Gives the number that had failed. */
  async retry(id: string): Promise<number> {
    const run = await this.#known(id);
    const failed = await this.#failedJobs(id);
    for (const job of failed) await job.retry();
    if (run.state !== 'done') await this.add(run);
    return failed.length;
  }

  async #known(id: string): Promise<RunInfo> {
    const run = await this.board.find(id);
    if (run) return run;
    const ids = (await this.board.list()).map((other) => other.id);
    throw new SpecError({
      site: `run ${id}`,
      expected: ids.length === 0 ? 'a run; there is none' : `one of ${ids.join(', ')}`,
      received: 'a name that the queue does not know',
    });
  }

  async #failedJobs(id: string): Promise<readonly Job<JobData>[]> {
    const jobs = await this.queue.getFailed();
    return jobs.filter((job) => job?.data.run === id);
  }

  /** Ends the connections; runs and their results stay. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled([this.queue.close(), this.#flows.close()]);
    this.redis.disconnect();
  }
}

/** Opens a queue. Rejects with SpecError for an address that is none, and with RuntimeError where no server answers it. */
export async function openQueue(options: QueueOptions): Promise<VideoQueue> {
  const { name = 'videos', redis } = options;
  if (!/^[\w-]{1,64}$/.test(name)) {
    throw new SpecError({
      site: 'queue',
      expected: 'a name of letters, digits, - and _',
      received: `'${name}'`,
    });
  }
  return new VideoQueue(await connect(options), name, redactedUrl(redis));
}
