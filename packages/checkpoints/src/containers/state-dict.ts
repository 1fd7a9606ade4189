/** @file Finds the weights within what a checkpoint's pickle holds, and leaves the rest aside. */
import type { ByteSource } from '@slowfast/core';
import { WeightError } from '@slowfast/core';

import { countOf, countsOf, numpyView } from './numpy-view.js';
import type { PickleText, PickleValue, TorchStorage } from './pickle-values.js';
import { isDict, isKind } from './pickle-values.js';
import type { ElementBlock, TensorView } from './tensor-view.js';
import { checkView } from './tensor-view.js';
import { elementBytes } from '@slowfast/core';

/** The weights of a checkpoint by their stored names, and what was found beside them. */
export interface StateDict {
  readonly views: ReadonlyMap<string, TensorView>;
  readonly epoch?: number;
  readonly config?: string;
  /** Top-level entries and tensors that are not weights. */
  readonly ignored: readonly string[];
}

/** What the containers know: where storages are, and where the pickle's own bytes are. */
export interface PickleContext {
  /** The pickle's bytes (positions in {@link PickleText} and the like refer to it). */
  readonly source: ByteSource;
  /** The block of a torch storage. */
  blockOf(storage: TorchStorage): ElementBlock;
}

/** The longest configuration text that is read, bytes. */
const MAX_CONFIG = 16 << 20;

/** Where the zoos put the weights: PySlowFast and PyTorchVideo, OpenMMLab, others, Caffe2. */
const HOLDERS = ['model_state', 'state_dict', 'model_state_dict', 'blobs'] as const;

/** Rejects with {@link WeightError} when the value holds no tensors, or one that is not valid. */
export async function findStateDict(root: PickleValue, context: PickleContext): Promise<StateDict> {
  const { source } = context;
  if (!isDict(root)) throw noWeights(source, 'a value that is no dictionary');
  const holder = HOLDERS.find((key) => isDict(root.get(key)));
  const dict = holder === undefined ? root : root.get(holder);
  if (!isDict(dict)) throw noWeights(source, 'none');
  const ignored: string[] = [];
  if (holder !== undefined) {
    for (const key of root.keys()) if (key !== holder) ignored.push(keyText(key));
  }
  const views = new Map<string, TensorView>();
  for (const [key, value] of dict) {
    const name = keyText(key);
    const skipped = typeof key !== 'string' || isBookkeeping(name, holder === 'blobs');
    const view = skipped ? undefined : viewOf(name, value, context);
    if (view) views.set(name, view);
    else ignored.push(name);
  }
  if (views.size === 0) throw noWeights(source, `${dict.size} entries that are none`);
  const epoch = root.get('epoch');
  const config = await textOf(source, root.get('cfg'));
  return {
    views,
    ignored: ignored.filter((name) => name !== 'epoch' && (name !== 'cfg' || config === undefined)),
    ...(typeof epoch === 'number' && holder !== undefined ? { epoch } : {}),
    ...(config !== undefined && holder !== undefined ? { config } : {}),
  };
}

/** Counters and optimiser state that no inference needs. */
export function isBookkeeping(name: string, caffe2: boolean): boolean {
  if (/(?:^|\.)num_batches_tracked$/.test(name)) return true;
  return (
    caffe2 && (/momentum/.test(name) || /(?:^|_)lr(?:$|_)/.test(name) || name === 'model_iter')
  );
}

function viewOf(name: string, value: PickleValue, context: PickleContext): TensorView | undefined {
  if (isKind(value, 'numpy-array')) return numpyView(name, value, context.source);
  if (!isKind(value, 'torch-tensor')) return undefined;
  const { storage, format } = value;
  // Offsets and strides count elements of the tensor's type, which an untyped storage does not have.
  const scale = elementBytes(storage.format) / elementBytes(format);
  return checkView(name, {
    block: partOf(context.blockOf(storage), storage),
    format,
    shape: countsOf(value.shape),
    strides: countsOf(value.strides),
    offset: countOf(value.offset) + storage.start * scale,
  });
}

/** Ends the block where the storage ends, so that a tensor cannot reach into what lies behind it. */
function partOf(block: ElementBlock, storage: TorchStorage): ElementBlock {
  const byteLength = (storage.start + storage.size) * elementBytes(storage.format);
  return { ...block, byteLength: Math.min(block.byteLength, byteLength) };
}

const keyText = (key: PickleValue): string =>
  typeof key === 'string' ? key : `(a key of type ${typeof key})`;

async function textOf(
  source: ByteSource,
  value: PickleValue | undefined,
): Promise<string | undefined> {
  if (typeof value === 'string') return value;
  if (!isKind(value, 'text') || value.length > MAX_CONFIG) return undefined;
  return decode(value, await source.read(value.offset, value.length));
}

const decode = ({ encoding }: PickleText, bytes: Uint8Array): string =>
  new TextDecoder(encoding === 'utf8' ? 'utf-8' : 'latin1').decode(bytes);

const noWeights = (source: ByteSource, received: string): WeightError =>
  new WeightError({
    site: source.name,
    expected: "tensors by name, at the top or under 'model_state', 'state_dict' or 'blobs'",
    received,
    remedy: 'This is no checkpoint of a model',
  });
