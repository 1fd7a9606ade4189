/** @file Prefixes that wrappers put before every name: DataParallel's `module.`, `model.` of other wrappers. */
import type { TypedWeightStore } from '@slowfast/core';

import { renamedTyped } from '../containers/typed-store.js';

const PREFIXES = ['module.', 'model.'] as const;

/** PyTorchVideo's detectors put `model.` before the trunk only. */
const BESIDE = 'detection_head.';

/** The names without the prefixes that all of them share, as often as they do. */
export function commonPrefix(names: Iterable<string>): string {
  const trunk = [...names].filter((name) => !name.startsWith(BESIDE));
  let prefix = '';
  for (;;) {
    const next = PREFIXES.find(
      (p) => trunk.length > 0 && trunk.every((n) => n.startsWith(prefix + p)),
    );
    if (next === undefined) return prefix;
    prefix += next;
  }
}

/** The store under names without their common prefix. */
export function stripPrefixes(store: TypedWeightStore): TypedWeightStore {
  let current = store;
  for (;;) {
    // After each round the names may begin anew with a prefix, the head's among them (`module.detection_head.`).
    const prefix = commonPrefix(current.names);
    if (prefix === '') return current;
    current = renamedTyped(current, (name) =>
      name.startsWith(prefix) ? name.slice(prefix.length) : name,
    );
  }
}
