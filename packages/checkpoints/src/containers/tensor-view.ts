/**
 * @file Tensors that lie somewhere in a file with an offset and strides, and the store that reads them one
 * at a time.
 */
import type {
  ByteSource,
  ElementFormat,
  HostTensor,
  Shape,
  TypedWeightStore,
} from '@slowfast/core';
import {
  WeightError,
  decodeTensor,
  elementBytes,
  elementDType,
  sizeOf,
  unknownTensor,
} from '@slowfast/core';

/** No tensor of a network of this family comes near; a hostile file may claim any size. */
const MAX_ELEMENTS = 2 ** 28;
const MAX_AXES = 32;

/** A block of stored elements, opened when a tensor in it is read. */
export interface ElementBlock {
  readonly byteLength: number;
  readonly littleEndian: boolean;
  open(): Promise<ByteSource>;
}

/** Where a tensor's elements are: counts, not bytes. */
export interface TensorView {
  readonly block: ElementBlock;
  readonly format: ElementFormat;
  readonly shape: Shape;
  readonly strides: readonly number[];
  readonly offset: number;
}

/** Strides of a dense tensor in C order, or in Fortran order. */
export function denseStrides(shape: Shape, fortran = false): readonly number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let i = 0; i < shape.length; i++) {
    const axis = fortran ? i : shape.length - 1 - i;
    strides[axis] = step;
    step *= shape[axis]!;
  }
  return strides;
}

/** Elements from the first to the last that a view touches; 0 for an empty one. */
function extent(view: Pick<TensorView, 'shape' | 'strides'>): number {
  if (sizeOf(view.shape) === 0) return 0;
  return view.shape.reduce((sum, dim, axis) => sum + (dim - 1) * view.strides[axis]!, 1);
}

/** Throws {@link WeightError} naming the tensor unless all its elements lie within its block. */
export function checkView(name: string, view: TensorView): TensorView {
  const { shape, strides, offset, block, format } = view;
  if (shape.length > MAX_AXES || strides.length > MAX_AXES) {
    throw viewError(name, `at most ${MAX_AXES} axes`, `${Math.max(shape.length, strides.length)}`);
  }
  const describe = `shape [${shape.join(', ')}], strides [${strides.join(', ')}] and offset ${offset}`;
  const counts = [...shape, ...strides, offset];
  if (!counts.every((n) => Number.isSafeInteger(n) && n >= 0) || shape.length !== strides.length) {
    throw viewError(name, 'a shape, strides and an offset of whole numbers from 0', describe);
  }
  if (!(sizeOf(shape) <= MAX_ELEMENTS)) {
    throw viewError(name, `at most ${MAX_ELEMENTS} elements`, describe);
  }
  const capacity = Math.floor(block.byteLength / elementBytes(format));
  if (!(offset + extent(view) <= capacity)) {
    throw viewError(name, `elements within a storage of ${capacity}`, describe);
  }
  return view;
}

/** All tensors together may have this many times the bytes of their file, beyond what is always allowed. */
const MAX_SHARE = 4;
const ALWAYS_SHARED = 16 << 20;

/**
 * Throws {@link WeightError} where views of the same elements (`expand`, tied weights) would make much of a
 * small file of `fileBytes` bytes.
 */
export function checkTotal(site: string, views: Iterable<TensorView>, fileBytes: number): void {
  let total = 0;
  for (const { shape, format } of views) total += sizeOf(shape) * elementBytes(format);
  const most = Math.max(ALWAYS_SHARED, MAX_SHARE * fileBytes);
  if (total <= most) return;
  throw viewError(site, `tensors of at most ${most} bytes in all`, `${total} bytes`);
}

const viewError = (site: string, expected: string, received: string): WeightError =>
  new WeightError({ site, expected, received, remedy: 'The checkpoint is damaged' });

/** Reads a view's elements into C order. */
export async function readView(view: TensorView): Promise<HostTensor> {
  const { shape, strides, offset, block, format } = view;
  const size = elementBytes(format);
  const source = await block.open();
  const raw = await source.read(offset * size, extent(view) * size);
  const bytes = block.littleEndian ? raw : swapped(raw, size);
  if (isDense(shape, strides)) return decodeTensor(bytes, format, shape);
  return decodeTensor(gathered(bytes, size, shape, strides), format, shape);
}

/** Axes of one element may have any stride: it is never used. */
function isDense(shape: Shape, strides: readonly number[]): boolean {
  if (sizeOf(shape) === 0) return true;
  const dense = denseStrides(shape);
  return shape.every((dim, axis) => dim === 1 || strides[axis] === dense[axis]);
}

function swapped(bytes: Uint8Array, size: number): Uint8Array {
  const out = new Uint8Array(bytes);
  for (let at = 0; at < out.length; at += size) out.subarray(at, at + size).reverse();
  return out;
}

function gathered(
  bytes: Uint8Array,
  size: number,
  shape: Shape,
  strides: readonly number[],
): Uint8Array {
  const count = sizeOf(shape);
  const out = new Uint8Array(count * size);
  const index = new Array<number>(shape.length).fill(0);
  let from = 0;
  for (let to = 0; to < count; to++) {
    for (let byte = 0; byte < size; byte++) out[to * size + byte] = bytes[from * size + byte]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return out;
}

/** A store over views, which are read when asked for; closing it closes the source. */
export function viewStore(
  views: ReadonlyMap<string, TensorView>,
  source: ByteSource,
): TypedWeightStore {
  const find = (name: string): TensorView => {
    const view = views.get(name);
    if (!view) throw unknownTensor(name, views.size);
    return view;
  };
  return {
    names: new Set(views.keys()),
    shapeOf: (name) => find(name).shape,
    dtypeOf: (name) => elementDType(find(name).format),
    read: async (name) => readView(find(name)),
    ...(source.close ? { close: () => source.close!() } : {}),
  };
}
