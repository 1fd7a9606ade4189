/** @file Runs ONNX files that were exported before. */
import {
  isNode,
  checkArguments,
  fileSource,
  METADATA_KEYS,
  readMetadata,
  RuntimeError,
  SlowFastError,
  type NamedType,
} from '@slowfast/core';
import { digest, openFastest } from '../fastest/fastest-provider.js';
import { inMemory, readFileInfo, type OnnxFileInfo, type RandomAccess } from '../proto/read.js';
import { importModule, ortLine, openBackend, type OnnxBackend } from './backend.js';
import { compiledModel, isDType, type OnnxCompiledModel } from './compiled-model.js';
import type { OnnxSessionOptions } from './compile-onnx.js';
import { MAPPED_FROM } from './mapped-model.js';
import { cachedModel, type CachedModel, type ModelCache } from './model-cache.js';
import { fileKey } from './model-key.js';
import { openSession, type SessionOptions } from './open-session.js';
import type { OrtSession, OrtValueInfo } from './ort.js';

/** Options of {@link loadOnnx}. */
export interface LoadOnnxOptions extends OnnxSessionOptions {
  /**
   * Where what ONNX Runtime arranges for this processor is kept, with onnxruntime-node: of a path to a file of 16 MiB or more
   * that holds its tensors itself. Default: nothing is kept.
   */
  readonly cache?: ModelCache;
}

/**
 * Opens an ONNX file: its bytes, or where it is (a path in Node, a URL elsewhere). Metadata come from the
 * file's metadata; files by other producers have none. Rejects with {@link RuntimeError} for what is no
 * ONNX file, or has inputs or outputs other than float32, int32 and int64 tensors.
 *
 * @example
 * ```ts
 * await using model = await loadOnnx('slowfast.onnx', { threads: 2 });
 * ```
 */
export async function loadOnnx(
  source: Uint8Array | string,
  options: LoadOnnxOptions = {},
): Promise<OnnxCompiledModel> {
  checkArguments('loadOnnx', { options: [options, 'object'] });

  const { providers } = options;
  if (providers === 'fastest') return loadFastest(source, options);
  return loadOn(source, { ...options, providers });
}

/** Its bytes are read once, and hashed. */
async function loadFastest(
  source: Uint8Array | string,
  options: LoadOnnxOptions,
): Promise<OnnxCompiledModel> {
  const own = typeof source === 'string' && !isNode() ? await fetched(source) : source;
  return openFastest(
    async () => (typeof own === 'string' ? own : digest(own)),
    (providers) => loadOn(own, { ...options, providers }),
  );
}

type OptionsOfProviders = Omit<LoadOnnxOptions, 'providers'> & Pick<SessionOptions, 'providers'>;

async function loadOn(
  source: Uint8Array | string,
  options: OptionsOfProviders,
): Promise<OnnxCompiledModel> {
  const backend = await openBackend(options.backend, importModule, options.providers);
  if (typeof source !== 'string') checkArguments('loadOnnx', { source: [source, 'bytes'] });
  const { model, info, site, size } = await readSource(source);
  const metadata = readMetadata(info.metadata, 'text');
  // A worker takes the bytes over, and these are the caller's. Not slice(), which Node's Buffer shares.
  const own =
    typeof model === 'string'
      ? model
      : async () => (options.worker ? new Uint8Array(model) : model);
  const { cache } = options;
  const isKept = cache && typeof model === 'string' && size >= MAPPED_FROM;
  const placeOf = isKept ? () => placeOfFile(model, backend, cache) : undefined;
  const opened = await openSession(backend, own, options, site, placeOf);
  try {
    return compiledModel({
      name: info.metadata[METADATA_KEYS.name] ?? site,
      backend,
      opened,
      ...valuesOf(opened.first, site),
      metadata,
    });
  } catch (error) {
    await opened.release();
    throw error;
  }
}

interface Source {
  /** What ONNX Runtime loads: a path is left to it, so that the bytes are never in JavaScript's memory. */
  readonly model: Uint8Array | string;
  readonly info: OnnxFileInfo;
  readonly site: string;
  /** Bytes. */
  readonly size: number;
}

/** The place of what is arranged from a file, which has to stay as it is meanwhile. */
async function placeOfFile(
  path: string,
  backend: OnnxBackend,
  cache: ModelCache,
): Promise<CachedModel | undefined> {
  const before = await versionOf(path);
  const key = before === undefined ? undefined : await fileKey(path, backend, cache);
  if (key === undefined) return undefined;
  const { find, make } = cachedModel(cache, key);
  return {
    find,
    make: (file, open) =>
      make(file, async (...request) => {
        const session = await open(...request);
        if ((await versionOf(path)) === before) return session;
        await session.release();
        throw new Error('the file was changed while it was arranged');
      }),
  };
}

async function versionOf(path: string): Promise<string | undefined> {
  const file = await fileSource(path);
  await file.close?.();
  return file.version;
}

async function readSource(source: Uint8Array | string): Promise<Source> {
  if (typeof source !== 'string') return readBytes(source, 'ONNX file');
  return isNode() ? readPath(source) : readBytes(await fetched(source), source);
}

async function readBytes(bytes: Uint8Array, site: string): Promise<Source> {
  return {
    model: bytes,
    info: await readFileInfo(inMemory(bytes, site)),
    site,
    size: bytes.length,
  };
}

async function readPath(path: string): Promise<Source> {
  const file = await fileSource(path).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  try {
    const { size } = file;
    const access: RandomAccess = {
      name: path,
      size,
      read: (offset, length) => file.read(offset, Math.max(0, Math.min(length, size - offset))),
    };
    return { model: path, info: await readFileInfo(access), site: path, size };
  } finally {
    await file.close?.();
  }
}

async function fetched(url: string): Promise<Uint8Array> {
  try {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`status ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    throw unreadable(url, error);
  }
}

function valuesOf(
  session: OrtSession,
  site: string,
): { inputs: readonly NamedType[]; outputs: readonly NamedType[] } {
  const typed = (info: OrtValueInfo): NamedType => {
    if (info.isTensor && isDType(info.type)) {
      return { name: info.name, dtype: info.type, shape: info.shape ?? [] };
    }
    throw new RuntimeError({
      site: `${site}, ${info.name}`,
      expected: 'a tensor of float32, int32 or int64',
      received: info.isTensor ? `a tensor of ${info.type}` : 'no tensor',
    });
  };
  return { inputs: session.inputMetadata.map(typed), outputs: session.outputMetadata.map(typed) };
}

const unreadable = (site: string, error: unknown): RuntimeError =>
  new RuntimeError({
    site,
    expected: 'an ONNX file that can be read',
    received: error instanceof SlowFastError ? error.received : ortLine(error),
    cause: error,
  });
