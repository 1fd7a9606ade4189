/**
 * @file What a server knows of runs beside their jobs: what they are, and a bit for each video and shard that has ended.
 * Setting a bit twice is setting it once, so that work that is done again is counted once.
 */
import type { Redis } from 'ioredis';
import * as v from 'valibot';
import { readData, schemaParts } from '@slowfast/core';

const { oneOf, text, whole } = schemaParts;
const digits = (most: number) =>
  v.pipe(v.string('digits'), v.regex(/^\d{1,15}$/, 'digits'), v.transform(Number), whole(0, most));
const storedRun = v.object({
  command: text(),
  rows: digits(2 ** 32),
  shards: digits(2 ** 32),
  size: digits(2 ** 32),
  window: digits(2 ** 32),
  state: oneOf('running', 'done', 'cancelled'),
  addedAt: digits(1e15),
  endedAt: v.optional(digits(1e15)),
});

/** What is asked for when a run is added. */
export interface RunRequest {
  /** Its name: letters and digits, made of what it is, so that adding it again is the same run. */
  readonly id: string;
  /** What is done with the videos: `evaluate`, … */
  readonly command: string;
  /** Videos. */
  readonly rows: number;
  /** Videos a job. */
  readonly size: number;
  /** Jobs that wait or are worked on at once, at most: what the server has to hold. */
  readonly window: number;
}

/** A run as the server knows it. */
export interface RunInfo extends RunRequest {
  readonly shards: number;
  readonly state: 'running' | 'done' | 'cancelled';
  /** Milliseconds since 1970. */
  readonly addedAt: number;
  readonly endedAt?: number;
}

/** How far a run is. */
export interface RunProgress {
  /** Videos that have a result or are broken. */
  readonly ended: number;
  readonly broken: number;
  readonly endedShards: number;
}

/** Days that a run that has ended is remembered. */
const DAYS = 30;

/** Runs by their names. */
export class RunBoard {
  readonly #redis: Redis;
  readonly #base: string;

  constructor(redis: Redis, queue: string) {
    this.#redis = redis;
    this.#base = `slowfast-runs:${queue}`;
  }

  #key(id: string, part = ''): string {
    return `${this.#base}:${id}${part && `:${part}`}`;
  }

  /** Adds a run, or lets one that was cancelled go on; what has ended stays. */
  async add(request: RunRequest): Promise<RunInfo> {
    const { id, command, rows, size, window } = request;
    const before = await this.find(id);
    const shards = Math.ceil(rows / size);
    const addedAt = before?.addedAt ?? Date.now();
    const run: RunInfo = before
      ? { ...before, state: before.state === 'cancelled' ? 'running' : before.state }
      : { ...request, shards, addedAt, state: 'running' };
    const { state } = run;
    const fields = { command, rows, size: run.size, window, shards: run.shards, addedAt, state };
    await this.#redis.hset(this.#key(id), fields);
    await this.#redis.zadd(this.#base, addedAt, id);
    for (const part of ['', 'ended', 'broken', 'shards'])
      await this.#redis.persist(this.#key(id, part));
    return run;
  }

  /** A run by its name. */
  async find(id: string): Promise<RunInfo | undefined> {
    const fields = await this.#redis.hgetall(this.#key(id));
    if (Object.keys(fields).length === 0) return undefined;
    const { endedAt, ...run } = readData(storedRun, fields, { site: `run ${id}` });
    return { id, ...run, ...(endedAt === undefined ? {} : { endedAt }) };
  }

  /** All runs that are remembered, in the order in which they were added. */
  async list(): Promise<readonly RunInfo[]> {
    const runs: RunInfo[] = [];
    for (const id of await this.#redis.zrange(this.#base, '0', '-1')) {
      const run = await this.find(id);
      if (run) runs.push(run);
      else await this.#redis.zrem(this.#base, id);
    }
    return runs;
  }

  /** Says how a run ended; it is forgotten after a while. */
  async end(id: string, state: 'done' | 'cancelled'): Promise<void> {
    await this.#redis.hset(this.#key(id), { state, endedAt: Date.now() });
    for (const part of ['', 'ended', 'broken', 'shards']) {
      await this.#redis.expire(this.#key(id, part), DAYS * 86_400);
    }
  }

  /** Whether a run was cancelled, or is not known any more. */
  async isCancelled(id: string): Promise<boolean> {
    const state = await this.#redis.hget(this.#key(id), 'state');
    return state === 'cancelled' || state === null;
  }

  /** Counts a video. */
  async endRow(id: string, row: number, isBroken: boolean): Promise<void> {
    await this.#redis
      .pipeline()
      .setbit(this.#key(id, 'ended'), row, 1)
      .setbit(this.#key(id, 'broken'), row, isBroken ? 1 : 0)
      .exec();
  }

  /** Counts a shard, from 0. */
  async endShard(id: string, shard: number): Promise<void> {
    await this.#redis.setbit(this.#key(id, 'shards'), shard, 1);
  }

  /** The first shard of `from`, `from + step`, … that has not ended; `undefined` without one. */
  async nextShard(
    { id, shards }: RunInfo,
    from: number,
    step: number,
  ): Promise<number | undefined> {
    for (let shard = from; shard < shards; shard += step) {
      if ((await this.#redis.getbit(this.#key(id, 'shards'), shard)) === 0) return shard;
    }
    return undefined;
  }

  /** How far a run is. */
  async progress(id: string): Promise<RunProgress> {
    const [ended, broken, endedShards] = await Promise.all(
      ['ended', 'broken', 'shards'].map((part) => this.#redis.bitcount(this.#key(id, part))),
    );
    return { ended: ended!, broken: broken!, endedShards: endedShards! };
  }
}
