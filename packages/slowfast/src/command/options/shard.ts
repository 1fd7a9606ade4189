/** @file The option by which a process does a share of a list. */
import { parseShard, type Shard } from '../../shards/shard.js';
import type { OptionDeclaration } from '../declaration.js';
import { UsageError } from '../usage-error.js';

/** Parses `3/16`. */
function shard(text: string): Shard {
  const parsed = parseShard(text);
  if (parsed) return parsed;
  throw new UsageError(`expected a share such as 3/16, from 1/16 to 16/16, received '${text}'`);
}

/** `--shard`, with what has to be beside it. */
export const shardOption = (beside = ''): OptionDeclaration => ({
  flags: '--shard <i>/<n>',
  description: `${beside}do this share of the videos (default: as a Slurm array or an indexed job of Kubernetes has it)`,
  parse: shard,
  ownDefault: true,
});
