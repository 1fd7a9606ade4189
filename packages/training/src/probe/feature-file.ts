/**
 * @file Rows of features in a file, with a list of them beside it. Rows are read where they lie when they are asked for,
 * so that the file may be larger than memory; what is used again stays in the system's cache of files.
 */
import * as v from 'valibot';
import {
  checkArguments,
  fileText,
  float32Tensor,
  keyedRandom,
  readJson,
  schemaParts,
  permutation,
  SpecError,
  writeTextAtomic,
  type Data,
} from '@slowfast/core';
import type { ClipSource, SourceClip } from '../clip-source.js';
import type { FrozenFeatures } from './frozen-features.js';

/** Options of {@link featureFile}. */
export interface FeatureFileOptions {
  /** Where the rows go; the list is beside it, with `.json` after the name. */
  readonly path: string;
  /** What the rows depend on: a file of another key is made anew. */
  readonly key: string;
  /** The clips whose features are wanted, and epochs of them: as many rows of each clip. */
  readonly clips: ClipSource;
  readonly epochs: number;
  readonly features: Pick<FrozenFeatures, 'rowOf' | 'size' | 'parallelRuns'>;
  /** Bytes that the file may have. */
  readonly maxBytes: number;
  /** Decides the order of rows in an epoch. */
  readonly seed: number;
  readonly signal?: AbortSignal;
  /** Called with rows done and rows altogether. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Rows to train on; close it after use. */
export interface FeatureFile extends ClipSource, AsyncDisposable {
  /** Whether it was there already. */
  readonly isFound: boolean;
}

const { finite, listOf, object, text, whole } = schemaParts;
const MANY = 2 ** 31;
const listSchema = object({
  key: text(2 ** 20),
  size: whole(1, MANY),
  /** Of each epoch, of each row: labels, and soft targets where it has some. */
  epochs: listOf(
    listOf(
      object({
        labels: listOf(whole(0, MANY), MANY),
        target: v.exactOptional(listOf(finite, MANY)),
      }),
      MANY,
    ),
    MANY,
  ),
});
type List = Data<typeof listSchema>;
type Row = List['epochs'][number][number];

/**
 * Opens a file of features, which is made unless it is there for the same key. Rejects with {@link SpecError} where it
 * would be too large, and with the signal's reason; what is not complete does not stay.
 */
export async function featureFile(options: FeatureFileOptions): Promise<FeatureFile> {
  checkArguments('featureFile', { options: [options, 'object'] });
  const { path, key, features, seed } = options;
  const stored = await listIn(`${path}.json`, key);
  const list = stored ?? (await made(options));
  const bytes = 4 * features.size;
  const { open } = await fileSystem();
  const { readSync } = await import(/* webpackIgnore: true */ /* @vite-ignore */ 'node:fs');
  const file = await open(path, 'r');
  const starts = list.epochs.map((_, i) =>
    list.epochs.slice(0, i).reduce((sum, rows) => sum + rows.length, 0),
  );
  async function* rows(
    epoch: number,
    { from = 0 }: { readonly from?: number } = {},
  ): AsyncGenerator<SourceClip> {
    const which = epoch % list.epochs.length;
    const own = list.epochs[which]!;
    const order = permutation(own.length, keyedRandom(seed, epoch));
    for (const [position, row] of order.entries()) {
      if (position < from) continue;
      const data = new Float32Array(features.size);
      // Most rows are in the system's cache: a promise takes longer than the row.
      const length = readSync(file.fd, data, 0, bytes, (starts[which]! + row) * bytes);
      if (length < bytes) throw cutOff(path);
      yield { tensor: float32Tensor([1, features.size], data), position, ...own[row]! };
    }
  }
  return {
    length: Math.min(...list.epochs.map((own) => own.length)),
    isFound: stored !== undefined,
    epoch: rows,
    [Symbol.asyncDispose]: () => file.close(),
  };
}

const fileSystem = () => import(/* webpackIgnore: true */ /* @vite-ignore */ 'node:fs/promises');

const cutOff = (path: string): SpecError =>
  new SpecError({
    site: path,
    expected: 'all rows of its list',
    received: 'a file that ends before',
    remedy: 'Delete it and its list, and resume',
  });

async function listIn(path: string, key: string): Promise<List | undefined> {
  const content = await fileText(path, { limit: 2 ** 30 }).catch(() => undefined);
  if (content === undefined) return undefined;
  const list = readJson(listSchema, content, { site: path });
  return list.key === key ? list : undefined;
}

async function made(options: FeatureFileOptions): Promise<List> {
  const { path, key, clips, epochs, features, maxBytes, signal, onProgress } = options;
  const total = clips.length * epochs;
  const bytes = total * features.size * 4;
  if (bytes > maxBytes) {
    throw new SpecError({
      site: 'probe',
      expected: `features of at most ${Math.floor(maxBytes / 2 ** 20)} MiB`,
      received: `${Math.ceil(bytes / 2 ** 20)} MiB for ${total} clips of ${features.size} numbers`,
      remedy: 'Freeze more, take fewer clips of each video, or raise probeMegabytes',
    });
  }
  const { open, rm } = await fileSystem();
  await rm(`${path}.json`, { force: true });
  const file = await open(path, 'w');
  try {
    const all: Row[][] = [];
    let done = 0;
    for (let epoch = 0; epoch < epochs; epoch++) {
      const own: Row[] = [];
      for await (const { labels, target, row } of rowsOf(clips.epoch(epoch), features)) {
        signal?.throwIfAborted();
        await file.write(new Uint8Array(row.buffer, row.byteOffset, row.byteLength));
        own.push({ labels, ...(target ? { target } : {}) });
        onProgress?.(++done, total);
      }
      if (own.length === 0) {
        const expected = 'clips to compute features of';
        throw new SpecError({ site: 'probe', expected, received: 'none that could be used' });
      }
      all.push(own);
    }
    await file.close();
    const list: List = { key, size: features.size, epochs: all };
    await writeTextAtomic(`${path}.json`, JSON.stringify(list));
    return list;
  } catch (error) {
    await file.close();
    await rm(path, { force: true });
    throw error;
  }
}

/** Rows in the order of the clips, several in the making at once. */
async function* rowsOf(
  clips: AsyncIterable<SourceClip>,
  { rowOf, parallelRuns }: Pick<FrozenFeatures, 'rowOf' | 'parallelRuns'>,
): AsyncGenerator<SourceClip & { readonly row: Float32Array }> {
  const running: Promise<SourceClip & { readonly row: Float32Array }>[] = [];
  for await (const clip of clips) {
    const row = rowOf(clip.tensor, clip.sound).then(({ data }) => ({ ...clip, row: data }));
    // Its error is thrown when its turn comes.
    row.catch(() => undefined);
    running.push(row);
    if (running.length > parallelRuns) yield await running.shift()!;
  }
  for (const row of running) yield await row;
}
