/** @file What every function of the front door has beside being one. */
import type { CompiledModel, Preprocessing } from '@slowfast/core';

/** A function with its model; `await using` releases it. */
export interface ModelFunction extends AsyncDisposable {
  /** The model that runs, for what this function does not do. */
  readonly model: CompiledModel;
  /** How clips are sampled and normalised, and how views are combined. */
  readonly preprocessing: Preprocessing;
  /** Class names by index, where they are known. */
  readonly labels: readonly string[] | undefined;
  /** What was concluded when the model was loaded, a sentence each: which model it is, what does not work here. */
  readonly notes: readonly string[];
  /** Releases the model; calls after it reject with RuntimeError. */
  dispose(): Promise<void>;
}

/** Makes a function a {@link ModelFunction}. */
export function modelFunction<F extends object, P extends object>(
  call: F,
  parts: P,
  dispose: () => PromiseLike<void>,
): F & P & Pick<ModelFunction, 'dispose'> & AsyncDisposable {
  let release: Promise<void> | undefined;
  const once = (): Promise<void> => (release ??= Promise.resolve(dispose()));
  // Not Object.assign, which would read getters once and for all.
  return Object.defineProperties(call, {
    ...Object.getOwnPropertyDescriptors(parts),
    dispose: { value: once },
    [Symbol.asyncDispose]: { value: once },
  }) as F & P & Pick<ModelFunction, 'dispose'> & AsyncDisposable;
}
