/** @file The weights of a loaded model as a safetensors file that says what they are of. */
import { checkedStore, writeFileAtomic, writeSafetensors } from '@slowfast/core';
import type { LoadedModel } from '@slowfast/checkpoints';

/** Options of {@link writeWeights}. */
export interface WriteWeightsOptions {
  /** Of the numbers in the file; default `float32`. */
  readonly dtype?: 'float32' | 'float16';
  /** Further metadata. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** Writes weights a tensor at a time, whole or not at all. Rejects with FileError, and for weights that do not fit. */
export async function writeWeights(
  { entry, weights, fileMetadata }: LoadedModel,
  path: string,
  { dtype = 'float32', metadata = {}, signal }: WriteWeightsOptions = {},
): Promise<void> {
  await writeFileAtomic(
    path,
    (sink) =>
      writeSafetensors(checkedStore(entry.model.graph, weights), {
        sink,
        dtype,
        metadata: { format: 'pt', ...metadata, ...fileMetadata },
        ...(signal ? { signal } : {}),
      }),
    signal,
  );
}
