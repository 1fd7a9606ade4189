/** @file Arranged models that are kept from one process to the next; where, is the caller's business. */
import type { OnnxFile } from '../export/export-onnx.js';
import { arranged, arrange, type MappedModel, type OpenFile } from './mapped-model.js';

/** A place for models that ONNX Runtime arranged for this machine. Files of an entry are never changed. */
export interface ModelCache {
  /** The folder of the files under a key, as they were put there; undefined where there are none. */
  get(key: string): Promise<string | undefined>;
  /**
   * Has files written into a new folder and keeps them: their folder, under the key. Undefined where nothing can be
   * kept. Rejects as `write` does.
   */
  put(key: string, write: (folder: string) => Promise<void>): Promise<string | undefined>;
  /**
   * A hash of weights, of which `tensors` says which are meant: what it was for the same weights before, or what `hash`
   * reads them for. Default: they are read each time.
   */
  weightsHash?(tensors: string, hash: () => Promise<string>): Promise<string>;
}

/** One model in a cache. */
export interface CachedModel {
  /** The model as it was kept; undefined where it was not. */
  find(): Promise<MappedModel | undefined>;
  /** Arranges a model, or that of a path, and keeps it; undefined where it cannot be kept. */
  make(file: OnnxFile | string, open: OpenFile): Promise<MappedModel | undefined>;
}

/** The place of one model in a cache. */
export function cachedModel(cache: ModelCache, key: string): CachedModel {
  const kept = (folder: string | undefined): MappedModel | undefined =>
    folder === undefined ? undefined : arranged(folder);
  return {
    find: async () => kept(await cache.get(key)),
    make: async (file, open) => kept(await cache.put(key, (folder) => arrange(file, folder, open))),
  };
}
