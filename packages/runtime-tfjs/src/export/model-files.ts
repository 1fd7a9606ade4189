/** @file The files of a TF.js model in memory: `model.json`, and its weights in parts of 4 MiB. */
import {
  checkArguments,
  internalError,
  readMetadata,
  SpecError,
  type ModelMetadata,
} from '@slowfast/core';
import type { GraphModel, io, LayersModel } from '@tensorflow/tfjs';

/** The files of a model by name: `model.json` and the parts that it refers to. */
export type TfjsModelFiles = ReadonlyMap<string, Uint8Array>;

/** A tensor of a model's files. */
export interface FileWeight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

/** Name of the file that the others hang on. */
export const MODEL_FILE = 'model.json';

/** What servers and browsers cache well; TensorFlow's own converter takes the same. */
const PART_BYTES = 4 * 2 ** 20;

/** Puts a model's description and its tensors, little-endian, into files. */
export function modelFiles(
  description: Readonly<Record<string, unknown>>,
  weights: readonly FileWeight[],
): TfjsModelFiles {
  const parts = partsOf(weights);
  const paths = parts.map((_, i) => `group1-shard${i + 1}of${parts.length}.bin`);
  const specs = weights.map(({ name, shape, data }) => ({
    name,
    shape,
    dtype: data instanceof Int32Array ? 'int32' : 'float32',
  }));
  const json = JSON.stringify({
    ...description,
    weightsManifest: [{ paths, weights: specs }],
  });
  return new Map([
    [MODEL_FILE, new TextEncoder().encode(json)],
    ...parts.map((part, i) => [paths[i]!, part] as const),
  ]);
}

/**
 * Where TF.js loads files in memory from: `tf.loadGraphModel(modelFilesHandler(files))`, and
 * `tf.loadLayersModel` alike. Loading rejects with {@link SpecError} when a file is missing.
 */
export function modelFilesHandler(files: TfjsModelFiles): io.IOHandler {
  checkArguments('modelFilesHandler', { files: [files, 'object'] });

  return { load: async () => artifactsOf(files) };
}

/**
 * What the files of a model say of it, or a model of them that TF.js loaded: preprocessing, labels, whether its weights
 * were trained; nothing for other programs' files. Throws {@link SpecError} for entries that are not as they should be.
 *
 * @example
 * ```ts
 * const { preprocessing, labels } = tfjsMetadata(await tf.loadGraphModel('folder/model.json'));
 * ```
 */
export function tfjsMetadata(
  source:
    TfjsModelFiles | Pick<GraphModel, 'metadata'> | Pick<LayersModel, 'getUserDefinedMetadata'>,
): ModelMetadata {
  checkArguments('tfjsMetadata', { source: [source, 'object'] });
  const entries =
    'getUserDefinedMetadata' in source
      ? source.getUserDefinedMetadata()
      : 'metadata' in source
        ? source.metadata
        : modelJson(source).userDefinedMetadata;
  return readMetadata((entries ?? {}) as Readonly<Record<string, unknown>>, 'values');
}

const modelJson = (files: TfjsModelFiles): io.ModelJSON =>
  JSON.parse(new TextDecoder().decode(fileNamed(files, MODEL_FILE))) as io.ModelJSON;

function artifactsOf(files: TfjsModelFiles): io.ModelArtifacts {
  const json = modelJson(files);
  const { modelTopology, format, generatedBy, convertedBy, signature, userDefinedMetadata } = json;
  const parts = json.weightsManifest.flatMap(({ paths }) => paths.map((p) => fileNamed(files, p)));
  const artifacts: io.ModelArtifacts = {
    modelTopology,
    weightSpecs: json.weightsManifest.flatMap(({ weights }) => weights),
    weightData: joined(parts).buffer,
  };
  return {
    ...artifacts,
    ...(format === undefined ? {} : { format }),
    ...(generatedBy === undefined ? {} : { generatedBy }),
    ...(convertedBy === undefined ? {} : { convertedBy }),
    ...(signature === undefined ? {} : { signature }),
    ...(userDefinedMetadata === undefined ? {} : { userDefinedMetadata }),
  };
}

function fileNamed(files: TfjsModelFiles, name: string): Uint8Array {
  const file = files.get(name);
  if (file) return file;
  throw new SpecError({
    site: 'TF.js model',
    expected: `a file ${name}`,
    received: [...files.keys()].join(', ') || 'no files',
    remedy: 'Keep all files of the export together',
  });
}

function partsOf(weights: readonly FileWeight[]): Uint8Array[] {
  const total = weights.reduce((bytes, { data }) => bytes + data.byteLength, 0);
  const parts = Array.from(
    { length: Math.ceil(total / PART_BYTES) },
    (_, i) => new Uint8Array(Math.min(PART_BYTES, total - i * PART_BYTES)),
  );
  let at = 0;
  for (const { data } of weights) {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    for (let taken = 0; taken < bytes.length;) {
      const part = parts[Math.floor(at / PART_BYTES)];
      if (!part) throw internalError('weights beyond the last part');
      const room = part.length - (at % PART_BYTES);
      const piece = bytes.subarray(taken, taken + room);
      part.set(piece, at % PART_BYTES);
      taken += piece.length;
      at += piece.length;
    }
  }
  return parts;
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
