/** @file Everything that a run needs to go on as if it had never stopped, in one safetensors file. */
import * as v from 'valibot';
import {
  checkArguments,
  memoryStore,
  readJson,
  readSafetensors,
  schemaParts,
  WeightError,
  writeSafetensors,
  type ByteSink,
  type ByteSource,
  type HostTensor,
} from '@slowfast/core';

/** Where a run is. */
export interface Progress {
  /** Optimiser steps done. */
  readonly step: number;
  /** Epochs done. */
  readonly epoch: number;
  /** Steps done in the epoch. */
  readonly stepInEpoch: number;
  /** Position in the epoch's clips at which to go on. */
  readonly position: number;
  /** Sums over the epoch so far: of losses, hits and clips. */
  readonly sums: { readonly loss: number; readonly hits: number; readonly clips: number };
  /** The best evaluation so far. */
  readonly best?: { readonly epoch: number; readonly value: number };
}

/** A run at one moment. */
export interface Checkpoint {
  readonly progress: Progress;
  readonly seed: number;
  /** Parameters and running statistics by name. */
  readonly weights: ReadonlyMap<string, HostTensor>;
  /** What the optimiser remembers. */
  readonly optimizer: ReadonlyMap<string, HostTensor>;
  /** Averages of the weights, where there are some. */
  readonly average?: ReadonlyMap<string, HostTensor>;
}

const KEY = 'slowfast.training';
const VERSION = 1;
const PARTS = ['weights', 'optimizer', 'average'] as const;

const { finite, flag, openObject, whole } = schemaParts;
const count = whole(0, Number.MAX_SAFE_INTEGER);
const versionSchema = openObject({ version: count });
const stateSchema = openObject({
  progress: openObject({
    ...{ step: count, epoch: count, stepInEpoch: count, position: count },
    sums: openObject({ loss: finite, hits: finite, clips: finite }),
    best: v.exactOptional(openObject({ epoch: count, value: finite })),
  }),
  seed: finite,
  average: flag,
});

/** Writes a checkpoint. */
export async function writeCheckpoint(checkpoint: Checkpoint, sink: ByteSink): Promise<void> {
  checkArguments('writeCheckpoint', {
    checkpoint: [checkpoint, 'object'],
    sink: [sink, 'object'],
  });
  const tensors = PARTS.flatMap((part) =>
    [...(checkpoint[part] ?? [])].map(([name, tensor]) => [`${part}/${name}`, tensor] as const),
  );
  const { progress, seed, average } = checkpoint;
  const state = { version: VERSION, progress, seed, average: average !== undefined };
  await writeSafetensors(memoryStore(tensors), {
    sink,
    metadata: { [KEY]: JSON.stringify(state) },
  });
}

/** Reads a checkpoint; rejects with {@link WeightError} for a file that is damaged or no checkpoint. */
export async function readCheckpoint(source: ByteSource): Promise<Checkpoint> {
  checkArguments('readCheckpoint', { source: [source, 'source'] });
  const store = await readSafetensors(source);
  const text = store.metadata?.[KEY];
  if (text === undefined) {
    throw new WeightError({
      site: source.name,
      expected: 'a checkpoint of a training run',
      received: 'a file of weights alone',
      remedy: 'To start from weights, name them as the weights of the model',
    });
  }
  const origin = { site: `${source.name}: ${KEY}`, error: WeightError };
  const { version } = readJson(versionSchema, text, origin);
  if (version !== VERSION) {
    throw new WeightError({
      site: source.name,
      expected: `a checkpoint of version ${VERSION}`,
      received: `version ${version}`,
    });
  }
  const state = readJson(stateSchema, text, origin);
  const part = async (name: (typeof PARTS)[number]): Promise<ReadonlyMap<string, HostTensor>> => {
    const tensors = new Map<string, HostTensor>();
    for (const stored of store.names) {
      if (!stored.startsWith(`${name}/`)) continue;
      tensors.set(stored.slice(name.length + 1), await store.read(stored));
    }
    return tensors;
  };
  return {
    progress: state.progress,
    seed: state.seed,
    weights: await part('weights'),
    optimizer: await part('optimizer'),
    ...(state.average ? { average: await part('average') } : {}),
  };
}
