/** @file Stores over other stores that keep `dtypeOf`, so that writing them does not need to read twice. */
import type { TypedWeightStore } from '@slowfast/core';
import { renamedStore } from '@slowfast/core';

/** {@link renamedStore} for a store that knows its types; throws as it does. */
export function renamedTyped(
  store: TypedWeightStore,
  rename: (name: string) => string | undefined,
): TypedWeightStore {
  const origin = new Map<string, string>();
  for (const name of store.names) {
    const renamed = rename(name);
    if (renamed !== undefined) origin.set(renamed, name);
  }
  const renamed = renamedStore(store, rename);
  // An unknown name goes on as it is, and the renamed store's own error names it.
  return {
    ...renamed,
    dtypeOf: (name) => {
      const stored = origin.get(name);
      renamed.shapeOf(name);
      return store.dtypeOf(stored ?? name);
    },
  };
}
