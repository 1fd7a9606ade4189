/** @file Opens a checkpoint of any container; which one it is is read from its bytes, never from its name. */
import type { ByteSource, TypedWeightStore } from '@slowfast/core';
import { checkArguments, WeightError, looksLikeSafetensors, readSafetensors } from '@slowfast/core';

import { PickleInput } from './pickle-input.js';
import { readPickle } from './pickle.js';
import { separated } from '../names/reading.js';
import type { StateDict } from './state-dict.js';
import { findStateDict, isBookkeeping } from './state-dict.js';
import { viewStore } from './tensor-view.js';
import { LEGACY_MAGIC, readTorchLegacy } from './torch-legacy.js';
import { readTorchZip } from './torch-zip.js';
import { renamedTyped } from './typed-store.js';

/** How the file is built. */
export type CheckpointContainer = 'torch-zip' | 'torch-legacy' | 'pickle' | 'safetensors';

/** A checkpoint as it is stored. */
export interface Checkpoint {
  readonly container: CheckpointContainer;
  /** The weights under their stored names, without the prefixes that wrappers put before all of them. */
  readonly store: TypedWeightStore;
  readonly epoch?: number;
  /** PySlowFast's configuration, YAML. */
  readonly config?: string;
  /** What was left aside: optimiser state, counters, ... */
  readonly ignored: readonly string[];
  /** Tensors among them that are no part of the network, nor counters. */
  readonly beside: readonly string[];
}

/**
 * Opens a checkpoint; tensors are read when they are asked for. Rejects with {@link WeightError} for a file
 * that is no checkpoint, is damaged, or refers to anything but tensors and plain data; nothing in a file
 * is ever executed. Closing the store closes the source; after a rejection the source is still the caller's
 * to close.
 */
export async function openCheckpoint(source: ByteSource): Promise<Checkpoint> {
  checkArguments('openCheckpoint', { source: [source, 'source'] });

  const container = await detectContainer(source);
  if (container === 'safetensors') return openSafetensors(source);
  const { views, ignored, metadata, ...rest } = await READERS[container](source);
  const store = { ...viewStore(views, source), ...(metadata ? { metadata } : {}) };
  return opened(container, store, ignored, rest);
}

function opened(
  container: CheckpointContainer,
  weights: TypedWeightStore,
  ignored: readonly string[],
  rest: Pick<Checkpoint, 'epoch' | 'config'> = {},
): Checkpoint {
  const { store, beside } = separated(weights);
  return { container, store, ignored: [...ignored, ...beside], beside, ...rest };
}

const READERS: Readonly<
  Record<Exclude<CheckpointContainer, 'safetensors'>, (source: ByteSource) => Promise<StateDict>>
> = {
  'torch-zip': readTorchZip,
  'torch-legacy': readTorchLegacy,
  pickle: readPlainPickle,
};

async function openSafetensors(source: ByteSource): Promise<Checkpoint> {
  const store = await readSafetensors(source);
  const ignored = [...store.names].filter((name) => isBookkeeping(name, false));
  const weights = renamedTyped(store, (name) => (isBookkeeping(name, false) ? undefined : name));
  return opened('safetensors', weights, ignored);
}

/** A pickle whose arrays are numpy's, as Caffe2's model zoo has them. */
async function readPlainPickle(source: ByteSource): Promise<StateDict> {
  return findStateDict(await readPickle(new PickleInput(source)), {
    source,
    fileBytes: source.size,
    blockOf: () => {
      throw new WeightError({
        site: source.name,
        expected: 'arrays within the pickle',
        received: 'a torch tensor without its storage',
      });
    },
  });
}

/** Protocols 0 and 1 have no header: a dictionary or list, a text after a mark, or the name of a class. */
const HEADLESS_PICKLE = /^(?:\([dlSVi]|\}q|c[\w.]+\n[\w.]+\n)/;

/** The container by its first bytes; rejects with {@link WeightError} for a file that is none. */
export async function detectContainer(source: ByteSource): Promise<CheckpointContainer> {
  const head = await source.read(0, Math.min(source.size, 512));
  const starts = (bytes: readonly number[], at = 0): boolean =>
    bytes.every((byte, i) => head[at + i] === byte);
  if (starts([0x50, 0x4b, 0x03, 0x04])) return 'torch-zip';
  if (head[0] === 0x80 && starts(LEGACY_MAGIC, 2)) return 'torch-legacy';
  if (looksLikeSafetensors(head, source.size)) return 'safetensors';
  if (head[0] === 0x80 && head[1]! <= 5) return 'pickle';
  if (HEADLESS_PICKLE.test(new TextDecoder('latin1').decode(head))) return 'pickle';
  throw new WeightError({
    site: source.name,
    expected: 'a torch checkpoint (zip or legacy), a pickle or a safetensors file',
    ...describeHead(head),
  });
}

/** Files that people take for weights, by how they begin: bytes, and where. */
const TAKEN_FOR_WEIGHTS: readonly (readonly [
  start: string,
  at: number,
  what: string,
  remedy: string,
])[] = [
  ['\x1f\x8b', 0, 'a gzip archive', 'Unpack it (gunzip)'],
  ['\xfd7zXZ', 0, 'an xz archive', 'Unpack it (unxz)'],
  ['BZh', 0, 'a bzip2 archive', 'Unpack it (bunzip2)'],
  ['7z\xbc\xaf', 0, 'a 7z archive', 'Unpack it'],
  ['ustar', 257, 'a tar archive', 'Unpack it, and name the weights in it'],
  ['\x89HDF', 0, 'an HDF5 file, as Keras writes them', 'Weights of Keras are not read'],
];

const COMPLETE = 'Check that the download is complete and is the weights themselves';

function describeHead(head: Uint8Array): { readonly received: string; readonly remedy: string } {
  const text = String.fromCharCode(...head);
  for (const [start, at, received, remedy] of TAKEN_FOR_WEIGHTS) {
    if (text.startsWith(start, at)) return { received, remedy };
  }
  // Its version, then who wrote it or the network.
  if (text.startsWith('\x08') && '\x12:'.includes(text[2] ?? '-')) {
    return { received: 'an ONNX model', remedy: 'Name it as the model (--model), without weights' };
  }
  return { received: kindOf(head, text), remedy: COMPLETE };
}

function kindOf(head: Uint8Array, text: string): string {
  if (head.length === 0) return 'an empty file';
  if (text.startsWith('version https://git-lfs'))
    return 'a Git LFS pointer, not the file it stands for';
  if (/^\s*<(?:!doctype|html|\?xml)/i.test(text)) return 'a web page';
  if (/^[\t\n\r\x20-\x7e]+$/.test(text)) return 'text';
  const bytes = [...head.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, '0'));
  return `a file that begins with the bytes ${bytes.join(' ')}`;
}
