/** @file Which share of the videos a command does: by option, or by its place in an array, which is said. */
import { env } from 'node:process';
import { shardFromEnvironment, shardRows, shardText, type Shard } from '../shards/shard.js';
import type { Terminal } from './terminal.js';
import { UsageError } from './usage-error.js';

/** What the option of the declarations parses to. */
export interface ShardFlags {
  readonly shard?: Shard;
}

/** The share that the flags or the environment name; the second is said on standard error. `undefined` for all videos. */
export function flaggedShard(flags: ShardFlags, terminal: Terminal): Shard | undefined {
  if (flags.shard) return flags.shard;
  const fromEnvironment = shardFromEnvironment(env);
  if (!fromEnvironment) return undefined;
  const { index, count, origin } = fromEnvironment;
  terminal.err(`shard ${index} of ${count} from ${origin}\n`);
  return { index, count };
}

/** The same for a command whose shards are merged; throws {@link UsageError} where they would be lost. */
export function resultsShard(
  flags: ShardFlags & { readonly results?: string },
  terminal: Terminal,
): Shard | undefined {
  const shard = flaggedShard(flags, terminal);
  if (!shard || flags.results !== undefined) return shard;
  // Whoever evaluates something else in each task of an array says so by --shard 1/1.
  if (shard.count === 1) return undefined;
  throw new UsageError(
    `--results: expected beside shard ${shardText(shard)}, where \`slowfast merge\` finds it; --shard 1/1 is the whole list.`,
  );
}

/**
 * The share of the videos that a command is given. A video alone is not shared by what the environment says: whoever calls
 * the command once a video in an array has shared them already.
 */
export function videosShard(
  videos: number,
  flags: ShardFlags,
  terminal: Terminal,
): Shard | undefined {
  const shard = flags.shard || videos > 1 ? flaggedShard(flags, terminal) : undefined;
  if (shard && shard.index > videos) {
    terminal.err(`note: shard ${shardText(shard)} has none of ${videos} videos\n`);
  }
  return shard;
}

/** The rows of {@link videosShard}, from 0. */
export function sharedRows(
  videos: number,
  flags: ShardFlags,
  terminal: Terminal,
): readonly number[] {
  return [...shardRows(videos, videosShard(videos, flags, terminal) ?? { index: 1, count: 1 })];
}
