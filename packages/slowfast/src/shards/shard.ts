/** @file A share of a list of videos: which of its rows one process of many does, by option or by its place in an array. */
import { SpecError } from '@slowfast/core';

/** One of `count` shares of a list; every `count`-th row, so that no share is all of one class. */
export interface Shard {
  /** From 1. */
  readonly index: number;
  readonly count: number;
}

/** A shard, and the environment variable that says so. */
export interface EnvironmentShard extends Shard {
  readonly origin: string;
}

/** More shards than this are a mistake: Kubernetes ends at 100,000 parallel pods, Slurm at 4,000,001 tasks. */
const MOST = 4_000_001;

/** `3/16`. */
export const shardText = ({ index, count }: Shard): string => `${index}/${count}`;

/** Parses `3/16`; nothing for what is no shard. */
export function parseShard(text: string): Shard | undefined {
  const match = /^([1-9]\d{0,6})\/([1-9]\d{0,6})$/.exec(text);
  if (!match) return undefined;
  const shard = { index: Number(match[1]), count: Number(match[2]) };
  return shard.index <= shard.count && shard.count <= MOST ? shard : undefined;
}

/** The rows of a shard, from 0: {@link Shard.index} - 1 and every {@link Shard.count}-th after it. */
export function* shardRows(rows: number, { index, count }: Shard): Generator<number, void> {
  for (let row = index - 1; row < rows; row += count) yield row;
}

/** What a shard has of a list. */
export const shardOf = <T>(items: readonly T[], shard: Shard): readonly T[] =>
  [...shardRows(items.length, shard)].map((row) => items[row]!);

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The shard of a process that is one of an array: a Slurm job array, or an indexed job of Kubernetes, which tells a pod
 * its index but not of how many: `JOB_COMPLETION_COUNT` says that. Throws {@link SpecError} where only a part is known.
 */
export function shardFromEnvironment(env: Environment): EnvironmentShard | undefined {
  if (env['SLURM_ARRAY_TASK_ID'] !== undefined) return slurmShard(env);
  if (env['JOB_COMPLETION_INDEX'] !== undefined) return indexedJobShard(env);
  return undefined;
}

const REMEDY = 'Say which share this is by --shard 3/16, or --shard 1/1 for the whole list';

function slurmShard(env: Environment): EnvironmentShard {
  const origin = 'SLURM_ARRAY_TASK_ID';
  const id = numberOf(env, origin);
  const least = numberOf(env, 'SLURM_ARRAY_TASK_MIN');
  const count = numberOf(env, 'SLURM_ARRAY_TASK_COUNT');
  const step = env['SLURM_ARRAY_TASK_STEP'] ? numberOf(env, 'SLURM_ARRAY_TASK_STEP') : 1;
  const index = (id - least) / Math.max(step, 1);
  return checked({ origin, index: index + 1, count }, `task ${id} of ${count} from ${least} on`);
}

function indexedJobShard(env: Environment): EnvironmentShard {
  const origin = 'JOB_COMPLETION_INDEX';
  const index = numberOf(env, origin);
  const count = numberOf(env, 'JOB_COMPLETION_COUNT');
  return checked({ origin, index: index + 1, count }, `index ${index} of ${count}`);
}

function checked(shard: EnvironmentShard, received: string): EnvironmentShard {
  const { origin, index, count } = shard;
  if (count >= 1 && count <= MOST && Number.isInteger(index) && index >= 1 && index <= count) {
    return shard;
  }
  throw new SpecError({
    site: origin,
    expected: 'one of an array of evenly spaced numbers',
    received,
    remedy: REMEDY,
  });
}

function numberOf(env: Environment, name: string): number {
  const text = env[name] ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new SpecError({
    site: name,
    expected: 'a whole number beside SLURM_ARRAY_TASK_ID or JOB_COMPLETION_INDEX',
    received: text === '' ? 'nothing' : `'${text}'`,
    remedy: REMEDY,
  });
}
