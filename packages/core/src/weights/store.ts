/** @file Where weights come from: one interface for files, memory, formulas and initialisers. */
import { checkArguments } from '../arguments.js';
import { checkTensor, type HostTensor, type Shape } from '../tensor.js';
import { WeightError } from '../errors.js';

/**
 * Named tensors that are read one at a time, so that a file never has to be in memory whole.
 * Every tensor is read as float32 (whatever precision it is stored in) or int64 (counters).
 */
export interface WeightStore {
  /** Names in the order of the source. */
  readonly names: ReadonlySet<string>;
  /** Shape of a tensor; throws {@link WeightError} for an unknown name. */
  shapeOf(name: string): Shape;
  /** The tensor itself; rejects with {@link WeightError} when it is unknown or cannot be read. */
  read(name: string): Promise<HostTensor>;
  /** Free-form metadata from the source (preprocessing's name, the zoo, ...). */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Releases what the store holds open (a file, for one). */
  close?(): Promise<void>;
}

/** A store over tensors in memory. Throws {@link ShapeError} for a tensor whose shape does not fit its data. */
export function memoryStore(
  tensors: Iterable<readonly [string, HostTensor]>,
  metadata: Readonly<Record<string, string>> = {},
): WeightStore {
  checkArguments('memoryStore', { tensors: [tensors, 'iterable'] });

  const map = new Map(tensors);
  for (const [name, tensor] of map) checkTensor(name, tensor);
  const find = (name: string): HostTensor => {
    const tensor = map.get(name);
    if (!tensor) throw unknownTensor(name, map.size);
    return tensor;
  };
  return {
    names: new Set(map.keys()),
    metadata,
    shapeOf: (name) => find(name).shape,
    read: async (name) => find(name),
  };
}

/**
 * The same tensors under other names. `rename` gives the new name of each stored tensor, or
 * `undefined` to leave it out. Throws {@link WeightError} when two tensors would share a name.
 */
export function renamedStore(
  store: WeightStore,
  rename: (name: string) => string | undefined,
): WeightStore {
  checkArguments('renamedStore', { store: [store, 'weights'], rename: [rename, 'function'] });

  const origin = new Map<string, string>();
  for (const name of store.names) {
    const renamed = rename(name);
    if (renamed === undefined) continue;
    const other = origin.get(renamed);
    if (other !== undefined) {
      throw new WeightError({
        site: renamed,
        expected: 'one tensor of this name',
        received: `two: '${other}' and '${name}'`,
      });
    }
    origin.set(renamed, name);
  }
  const find = (name: string): string => {
    const stored = origin.get(name);
    if (stored === undefined) throw unknownTensor(name, origin.size);
    return stored;
  };
  return {
    names: new Set(origin.keys()),
    ...(store.metadata ? { metadata: store.metadata } : {}),
    shapeOf: (name) => store.shapeOf(find(name)),
    read: async (name) => store.read(find(name)),
    ...(store.close ? { close: () => store.close!() } : {}),
  };
}

/** The error for a name that a store does not hold. */
export function unknownTensor(name: string, count: number): WeightError {
  return new WeightError({
    site: name,
    expected: 'the name of a stored tensor',
    received: `a name that none of the ${count} tensors has`,
  });
}
