/** @file Finds the weights within what a checkpoint's pickle holds, whatever wraps them, and names the rest. */
import type { ByteSource } from '@slowfast/core';
import { WeightError, elementBytes } from '@slowfast/core';

import { bestReading } from '../names/reading.js';
import { countOf, countsOf, numpyView } from './numpy-view.js';
import type { PickleText, PickleValue, TorchStorage } from './pickle-values.js';
import { isDict, isKind, isList } from './pickle-values.js';
import type { ElementBlock, TensorView } from './tensor-view.js';
import { checkTotal, checkView } from './tensor-view.js';

/** The weights of a checkpoint by their stored names, and what was found beside them. */
export interface StateDict {
  readonly views: ReadonlyMap<string, TensorView>;
  readonly epoch?: number;
  /** PySlowFast's configuration: YAML, or the JSON of a dictionary (which is YAML, too). */
  readonly config?: string;
  /** What weights that this project exported say about themselves. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Entries and tensors that are not weights. */
  readonly ignored: readonly string[];
}

/** What the containers know: where storages are, and where the pickle's own bytes are. */
export interface PickleContext {
  /** The pickle's bytes (positions in {@link PickleText} and the like refer to it). */
  readonly source: ByteSource;
  /** Bytes of the whole file. */
  readonly fileBytes: number;
  /** The block of a torch storage. */
  blockOf(storage: TorchStorage): ElementBlock;
}

/** The longest configuration text that is read, bytes. */
const MAX_CONFIG = 1 << 20;
/** Dictionaries within dictionaries that are searched, and how many of them in all. */
const MAX_DEPTH = 4;
const MAX_SEARCHED = 1000;
/** Ten times those of a network of 101 layers and two pathways. */
const MAX_TENSORS = 16_384;

/** Where the zoos put the weights: PySlowFast and PyTorchVideo, OpenMMLab and Lightning, others, Caffe2. */
const HOLDERS = [
  'model_state',
  'state_dict',
  'model_state_dict',
  'blobs',
  'model',
  'net',
  'module',
];
/** What is no network, or an average of one beside it. */
const BESIDE = /(?:^|[._])(?:optim|optimizer|scheduler|scaler|ema|teacher|momentum)/i;

type Dict = ReadonlyMap<PickleValue, PickleValue>;

/** A dictionary of tensors somewhere in the file. */
interface Holder {
  readonly path: readonly string[];
  readonly dict: Dict;
  /** How many of its names a zoo has. */
  readonly known: number;
}

/** Rejects with {@link WeightError} when the value holds no tensors, more networks than one, or one that is not valid. */
export async function findStateDict(root: PickleValue, context: PickleContext): Promise<StateDict> {
  const { source } = context;
  if (!isDict(root)) throw noWeights(source, 'a value that is no dictionary');
  const { path, dict } = chosen(holdersIn(root, source.name), source);
  const ignored: string[] = [];
  let level: Dict = root;
  for (const key of path) {
    for (const other of level.keys()) if (other !== key) ignored.push(keyText(other));
    level = level.get(key) as Dict;
  }
  const views = new Map<string, TensorView>();
  for (const [key, value] of dict) {
    const name = keyText(key);
    const skipped = typeof key !== 'string' || isBookkeeping(name, path.at(-1) === 'blobs');
    const view = skipped ? undefined : viewOf(name, value, context);
    if (view) views.set(name, view);
    else ignored.push(name);
  }
  if (views.size === 0) throw noWeights(source, `${dict.size} entries that are none`);
  checkTotal(source.name, views.values(), context.fileBytes);
  if (path.length === 0) return { views, ignored };
  const epoch = root.get('epoch');
  const config = await configOf(source, root.get('cfg'));
  const metadata = await metadataOf(source, root.get('slowfast'));
  return {
    views,
    ignored: ignored.filter(
      (name) =>
        name !== 'epoch' &&
        (name !== 'cfg' || config === undefined) &&
        (name !== 'slowfast' || metadata === undefined),
    ),
    ...(metadata ? { metadata } : {}),
    ...(typeof epoch === 'number' ? { epoch } : {}),
    ...(config === undefined ? {} : { config }),
  };
}

/** The dictionaries of tensors in the file, outermost first. */
function holdersIn(root: Dict, site: string): readonly Holder[] {
  const holders: Holder[] = [];
  const queue: { path: readonly string[]; dict: Dict }[] = [{ path: [], dict: root }];
  const visits = new Set<Dict>();
  for (let next = 0; next < queue.length && next < MAX_SEARCHED; next++) {
    const { path, dict } = queue[next]!;
    if (visits.has(dict)) continue;
    visits.add(dict);
    const names: string[] = [];
    for (const [key, value] of dict) {
      if (typeof key !== 'string') continue;
      if (isKind(value, 'torch-tensor') || isKind(value, 'numpy-array')) names.push(key);
      else if (isDict(value) && path.length < MAX_DEPTH)
        queue.push({ path: [...path, key], dict: value });
    }
    if (names.length > MAX_TENSORS) {
      throw new WeightError({
        site,
        expected: `a network of at most ${MAX_TENSORS} tensors`,
        received: `${names.length}`,
      });
    }
    if (names.length > 0) holders.push({ path, dict, known: bestReading(names)?.known ?? 0 });
  }
  return holders;
}

/** The one that holds most of a network; of equal ones, that under the name which the zoos use. */
function chosen(holders: readonly Holder[], source: ByteSource): Holder {
  const main = holders.filter(({ path }) => !path.some((key) => BESIDE.test(key)));
  // An average may be all that a file holds.
  const weights = main.length > 0 ? main : holders.filter(({ known }) => known > 0);
  const most = Math.max(...weights.map(({ known }) => known));
  const best = weights.filter(({ known }) => known === most);
  const rank = ({ path }: Holder): number => {
    const place = HOLDERS.indexOf(path.at(-1) ?? '');
    return place < 0 ? HOLDERS.length : place;
  };
  const [first, second] = best.sort((a, b) => rank(a) - rank(b));
  if (!first) throw noWeights(source, 'none');
  if (second && rank(first) === rank(second)) {
    const names = [first, second].map(({ path }) => `'${path.join('.')}'`);
    throw new WeightError({
      site: source.name,
      expected: 'one network',
      received: `tensors under ${names.join(' and ')}`,
      remedy: 'Save the one that is meant by itself',
    });
  }
  return first;
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

/** Texts by name, as the metadata of a safetensors file; nothing for what is none. */
async function metadataOf(
  source: ByteSource,
  value: PickleValue | undefined,
): Promise<Readonly<Record<string, string>> | undefined> {
  if (!isDict(value) || value.size === 0 || value.size > MAX_METADATA) return undefined;
  const texts: Record<string, string> = {};
  for (const [key, entry] of value) {
    const text =
      typeof entry === 'string' || isKind(entry, 'text')
        ? await configOf(source, entry)
        : undefined;
    if (typeof key !== 'string' || text === undefined) return undefined;
    texts[key] = text;
  }
  return texts;
}

/** Entries of metadata: a model of this project has a handful. */
const MAX_METADATA = 64;

/** A stored configuration as text. */
async function configOf(
  source: ByteSource,
  value: PickleValue | undefined,
): Promise<string | undefined> {
  if (typeof value === 'string') return value;
  if (isDict(value)) return jsonOf(value);
  if (!isKind(value, 'text')) return undefined;
  if (value.length > MAX_CONFIG) {
    throw new WeightError({
      site: source.name,
      expected: `a configuration of at most ${MAX_CONFIG} bytes`,
      received: `${value.length}`,
    });
  }
  return decode(value, await source.read(value.offset, value.length));
}

/** A dictionary of plain values as JSON; what is none is left out. */
function jsonOf(dict: Dict): string {
  return JSON.stringify(plain(dict, MAX_DEPTH, { left: MAX_VALUES }));
}

/** Values of a configuration: PySlowFast's has about 400. A list may be written many times from one in the file. */
const MAX_VALUES = 20_000;

function plain(value: PickleValue, depth: number, budget: { left: number }): unknown {
  if (depth < 0 || --budget.left < 0) return undefined;
  if (isDict(value)) {
    const entries = [...value].slice(0, Math.max(0, budget.left));
    return Object.fromEntries(
      entries
        .filter(([key]) => typeof key === 'string')
        .map(([key, item]) => [key as string, plain(item, depth - 1, budget)]),
    );
  }
  if (isList(value)) {
    const items = value.slice(0, Math.max(0, budget.left));
    return items.map((item) => plain(item, depth - 1, budget) ?? null);
  }
  if (typeof value === 'bigint') return `${value}`;
  return typeof value === 'object' ? (value === null ? null : undefined) : value;
}

const decode = ({ encoding }: PickleText, bytes: Uint8Array): string =>
  new TextDecoder(encoding === 'utf8' ? 'utf-8' : 'latin1').decode(bytes);

const noWeights = (source: ByteSource, received: string): WeightError =>
  new WeightError({
    site: source.name,
    expected:
      'tensors by name, at the top or in a dictionary within it (`model_state`, `state_dict`, `blobs`, …)',
    received,
    remedy: 'This is no checkpoint of a model',
  });
