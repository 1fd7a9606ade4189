/** @file Checks what a model is fed, before ONNX Runtime sees it. */
import {
  ShapeError,
  sizeOf,
  shapeText,
  type Dim,
  type DType,
  type HostTensor,
} from '@slowfast/core';

/** Name, element type and shape of an input. */
export interface InputType {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly Dim[];
}

const ARRAYS = {
  float32: 'Float32Array',
  int32: 'Int32Array',
  int64: 'BigInt64Array',
} as const satisfies Record<DType, string>;

/**
 * Throws {@link ShapeError} unless the feeds are the model's inputs: names, element types, shapes (a
 * symbolic dimension is of one size in all feeds, at least 1 except for `R`, regions), and as many elements as the shape says.
 */
export function checkFeeds(
  site: string,
  inputs: readonly InputType[],
  feeds: Readonly<Record<string, HostTensor>>,
): void {
  const expected = `inputs ${inputs.map(({ name }) => name).join(', ')}`;
  const given = Object.keys(feeds);
  const missing = inputs.filter(({ name }) => !Object.hasOwn(feeds, name));
  const unexpected = given.filter((name) => !inputs.some((input) => input.name === name));
  if (missing.length > 0 || unexpected.length > 0) {
    throw new ShapeError({ site, expected, received: given.join(', ') || 'none' });
  }
  const sizes = new Map<string, { readonly size: number; readonly input: string }>();
  for (const input of inputs) {
    const tensor = feeds[input.name]!;
    const place = `${site}, input ${input.name}`;
    checkShape(place, input, tensor);
    checkSymbols(place, input, tensor, sizes);
    checkData(place, input, tensor);
  }
}

function checkShape(site: string, { dtype, shape }: InputType, tensor: HostTensor): void {
  const given: unknown = tensor?.shape;
  const expected = `${dtype} of shape ${shapeText(shape)}`;
  if (!Array.isArray(given)) throw new ShapeError({ site, expected, received: 'no tensor' });
  if (tensor.dtype !== dtype) throw new ShapeError({ site, expected, received: tensor.dtype });
  const fits =
    given.length === shape.length &&
    shape.every((dim, axis) =>
      typeof dim === 'number' ? given[axis] === dim : Number.isSafeInteger(given[axis]),
    );
  if (!fits) throw new ShapeError({ site, expected, received: shapeText(tensor.shape) });
}

function checkSymbols(
  site: string,
  { name, shape }: InputType,
  tensor: HostTensor,
  sizes: Map<string, { readonly size: number; readonly input: string }>,
): void {
  shape.forEach((dim, axis) => {
    if (typeof dim === 'number') return;
    const size = tensor.shape[axis]!;
    if (size < 1 && dim !== 'R') {
      throw new ShapeError({
        site,
        expected: `${dim} of at least 1`,
        received: `${dim} = ${size}`,
        ...(dim === 'N' ? { remedy: 'Give at least one clip' } : {}),
      });
    }
    const known = sizes.get(dim);
    if (known && known.size !== size) {
      throw new ShapeError({
        site,
        expected: `${dim} = ${known.size}, as in input ${known.input}`,
        received: `${dim} = ${size}`,
      });
    }
    if (!known) sizes.set(dim, { size, input: name });
  });
}

function checkData(site: string, { dtype }: InputType, { data, shape }: HostTensor): void {
  // By name and not by instanceof: arrays of another realm (a frame, a test runner) are as good.
  const given = Object.prototype.toString.call(data).slice('[object '.length, -1);
  const [wanted, size] = [ARRAYS[dtype], sizeOf(shape)];
  if (given === wanted && data.length === size) return;
  const count = given.endsWith('Array') ? ` of ${data.length} elements` : '';
  throw new ShapeError({
    site,
    expected: `a ${wanted} of ${size} elements for ${shapeText(shape)}`,
    received: `${given}${count}`,
  });
}
