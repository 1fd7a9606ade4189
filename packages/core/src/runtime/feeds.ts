/** @file Checks what a model is fed, before a runtime sees it. */
import { checkArguments } from '../arguments.js';
import { ShapeError } from '../errors.js';
import type { Dim, TensorType, Value } from '../ir/types.js';
import { shapeText } from '../ops/definition.js';
import { checkTensor, type HostTensor } from '../tensor.js';

/** Name, element type and shape of an input or output. */
export interface NamedType extends TensorType {
  readonly name: string;
}

/** Names and types of a graph's inputs or outputs, by the names of the model and not of the values. */
export function namedTypes(values: Readonly<Record<string, Value>>): readonly NamedType[] {
  checkArguments('namedTypes', { values: [values, 'object'] });

  return Object.entries(values).map(([name, { type }]) => ({ name, ...type }));
}

/** Shapes by name, as a compiled model gives them. */
export function shapesByName<K extends string>(
  values: readonly NamedType[],
): Record<K, readonly Dim[]> {
  checkArguments('shapesByName', { values: [values, 'array'] });

  return Object.fromEntries(values.map(({ name, shape }) => [name, shape])) as Record<
    K,
    readonly Dim[]
  >;
}

/**
 * Throws {@link ShapeError} unless the feeds are the model's inputs: names, element types, shapes (a
 * symbolic dimension is of one size in all feeds, at least 1 but for `R`, regions, and `4*T` is four times `T`),
 * and as many elements as the shape says. Gives the size of each symbolic dimension.
 */
export function checkFeeds(
  site: string,
  inputs: readonly NamedType[],
  feeds: Readonly<Record<string, HostTensor>>,
): ReadonlyMap<string, number> {
  checkArguments('checkFeeds', { inputs: [inputs, 'array'], feeds: [feeds, 'object'] });

  const expected = `inputs ${inputs.map(({ name }) => name).join(', ')}`;
  const names = Object.keys(feeds);
  const missing = inputs.filter(({ name }) => !Object.hasOwn(feeds, name));
  const unexpected = names.filter((name) => !inputs.some((input) => input.name === name));
  if (missing.length > 0 || unexpected.length > 0) {
    throw new ShapeError({ site, expected, received: names.join(', ') || 'none' });
  }
  const sizes = new Map<string, { readonly size: number; readonly input: string }>();
  for (const input of inputs) {
    const tensor = feeds[input.name]!;
    const place = `${site}, input ${input.name}`;
    checkShape(place, input, tensor);
    checkSymbols(place, input, tensor, sizes);
    checkTensor(place, tensor);
  }
  return new Map([...sizes].map(([dim, { size }]) => [dim, size]));
}

function checkShape(site: string, { dtype, shape }: NamedType, tensor: HostTensor): void {
  const sizes: unknown = tensor?.shape;
  const expected = `${dtype} of shape ${shapeText(shape)}`;
  if (!Array.isArray(sizes)) throw new ShapeError({ site, expected, received: 'no tensor' });
  if (tensor.dtype !== dtype) throw new ShapeError({ site, expected, received: tensor.dtype });
  const fits =
    sizes.length === shape.length &&
    shape.every((dim, axis) =>
      typeof dim === 'number' ? sizes[axis] === dim : Number.isSafeInteger(sizes[axis]),
    );
  if (!fits) throw new ShapeError({ site, expected, received: shapeText(tensor.shape) });
}

function checkSymbols(
  site: string,
  { name, shape }: NamedType,
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
    const [, times = '1', symbol = dim] = /^(\d+)\*(\w+)$/.exec(dim) ?? [];
    const base = size / Number(times);
    const earlier = sizes.get(symbol);
    if (!Number.isInteger(base) || (earlier && earlier.size !== base)) {
      const expected = earlier
        ? `${dim} = ${Number(times) * earlier.size}, as in input ${earlier.input}`
        : `${dim}, a multiple of ${times}`;
      throw new ShapeError({ site, expected, received: `${dim} = ${size}` });
    }
    if (!earlier) sizes.set(symbol, { size: base, input: name });
    if (symbol !== dim) sizes.set(dim, { size, input: name });
  });
}
