/** @file A run's folder: its last checkpoints, the best weights, the log. */
import {
  checkArguments,
  fileLock,
  fileSource,
  SlowFastError,
  UNFINISHED,
  WeightError,
  writeFileAtomic,
  writeSafetensors,
  type WeightStore,
} from '@slowfast/core';
import { readCheckpoint, writeCheckpoint, type Checkpoint } from './checkpoint.js';

/** A checkpoint that was found. */
export interface FoundCheckpoint {
  readonly path: string;
  readonly checkpoint: Checkpoint;
  /** Newer files that could not be read, with the reason. */
  readonly damaged: readonly string[];
}

/** Where a run's files are kept. */
export interface RunFolder extends AsyncDisposable {
  readonly path: string;
  /** Writes a checkpoint and deletes those that are too old; gives its path. */
  save(checkpoint: Checkpoint): Promise<string>;
  /** The newest checkpoint that can be read, if there are any; rejects with WeightError where all are damaged. */
  latest(): Promise<FoundCheckpoint | undefined>;
  /** Writes weights alone, `best.safetensors` for one; gives the path. */
  saveWeights(
    name: string,
    weights: WeightStore,
    options?: { readonly dtype?: 'float32' | 'float16' },
  ): Promise<string>;
}

const CHECKPOINT = /^checkpoint-(\d+)\.safetensors$/;

/**
 * Opens a run's folder, which is made if need be; the `keep` newest checkpoints stay. Leftovers of a write
 * that was interrupted are deleted. One run at a time: rejects with SpecError where another process has it open.
 * Dispose of it when the run ends.
 */
export async function runFolder(
  path: string,
  options: { readonly keep?: number } = {},
): Promise<RunFolder> {
  checkArguments('runFolder', {
    path: [path, 'string'],
    options: [options, 'object'],
  });
  const { keep = 2 } = options;
  const { mkdir, readdir, rm } = await import(
    /* webpackIgnore: true */ /* @vite-ignore */ 'node:fs/promises'
  );
  const { join } = await import(/* webpackIgnore: true */ /* @vite-ignore */ 'node:path');
  /** Names of the checkpoints, the newest first. */
  const checkpoints = async (): Promise<readonly string[]> =>
    (await readdir(path))
      .filter((file) => CHECKPOINT.test(file))
      .sort()
      .reverse();
  await mkdir(path, { recursive: true });
  const lock = await fileLock(join(path, '.lock'));
  for (const file of await readdir(path)) {
    if (isLeftover(file)) await rm(join(path, file), { force: true });
  }
  return {
    path,
    [Symbol.asyncDispose]: () => lock.release(),
    async save(checkpoint) {
      const step = String(checkpoint.progress.step).padStart(8, '0');
      const file = join(path, `checkpoint-${step}.safetensors`);
      await writeFileAtomic(file, (sink) => writeCheckpoint(checkpoint, sink));
      const old = (await checkpoints()).slice(Math.max(1, keep));
      for (const name of old) await rm(join(path, name), { force: true });
      return file;
    },
    async latest() {
      const damaged: string[] = [];
      for (const name of await checkpoints()) {
        const file = join(path, name);
        try {
          return { path: file, checkpoint: await checkpointIn(file), damaged };
        } catch (error) {
          if (!(error instanceof SlowFastError)) throw error;
          const { message } = error;
          damaged.push(message.includes(file) ? message : `${file}: ${message}`);
        }
      }
      if (damaged.length === 0) return undefined;
      throw new WeightError({
        site: path,
        expected: 'a checkpoint that can be read',
        received: `${damaged.length} that cannot: ${damaged[0]}`,
        remedy: 'Start anew in another folder',
      });
    },
    async saveWeights(name, weights, { dtype = 'float32' } = {}) {
      const file = join(path, name);
      await writeFileAtomic(file, (sink) => writeSafetensors(weights, { sink, dtype }));
      return file;
    },
  };
}

// Of this folder's own files alone: another's `.tmp` is not ours to delete.
const isLeftover = (file: string): boolean =>
  UNFINISHED.test(file) && /^(checkpoint-\d+|[\w-]+)\.(safetensors|jsonl?)\./.test(file);

async function checkpointIn(path: string): Promise<Checkpoint> {
  const source = await fileSource(path);
  try {
    return await readCheckpoint(source);
  } finally {
    await source.close?.();
  }
}
