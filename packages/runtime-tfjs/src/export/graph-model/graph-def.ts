/** @file Collects the nodes and constants of a TensorFlow graph while a graph is lowered. */
import { SpecError, type Dim } from '@slowfast/core';
import { inOrder, permutation, product, sameOrder, type Laid } from '../axes.js';
import type { FileWeight } from '../model-files.js';

/** An attribute as TensorFlow's protocol buffers are written in JSON. */
export type TfAttribute =
  | { readonly s: string }
  | { readonly i: string }
  | { readonly f: number }
  | { readonly b: boolean }
  | { readonly type: string }
  | { readonly shape: { readonly dim: readonly { readonly size: string }[] } }
  | { readonly list: { readonly i: readonly string[] } | { readonly s: readonly string[] } };

/** A node of TensorFlow's GraphDef. */
export interface TfNode {
  readonly name: string;
  readonly op: string;
  readonly input: readonly string[];
  readonly attr: Readonly<Record<string, TfAttribute>>;
}

/** A text attribute: bytes, in base64. */
export const text = (value: string): string => btoa(value);

/** A list of whole numbers. */
export const integerList = (values: readonly number[]): TfAttribute => ({
  list: { i: values.map(String) },
});

const FLOAT: TfAttribute = { type: 'DT_FLOAT' };
const INT: TfAttribute = { type: 'DT_INT32' };

/** Adds nodes and constants under names that are free. */
export class GraphDef {
  readonly nodes: TfNode[] = [];
  readonly weights: FileWeight[] = [];
  readonly #names: Set<string>;
  readonly #shared = new Map<string, string>();

  /** `reserved` names are given to nodes by {@link addNamed} only. */
  constructor(reserved: Iterable<string>) {
    this.#names = new Set(reserved);
  }

  /** Adds a node and gives the name of its result. */
  add(
    op: string,
    name: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, TfAttribute>> = {},
  ): string {
    return this.addNamed(this.#claim(name), op, inputs, attributes);
  }

  /** Adds a node under a reserved name. */
  addNamed(
    name: string,
    op: string,
    input: readonly string[],
    attributes: Readonly<Record<string, TfAttribute>> = {},
  ): string {
    this.nodes.push({ name, op, input, attr: { T: FLOAT, ...attributes } });
    return name;
  }

  /** A constant of its own. */
  constant(name: string, shape: readonly number[], data: Float32Array | Int32Array): string {
    const own = this.#claim(name);
    const dtype = data instanceof Int32Array ? INT : FLOAT;
    this.nodes.push({ name: own, op: 'Const', input: [], attr: { dtype } });
    this.weights.push({ name: own, shape, data });
    return own;
  }

  /** A list of whole numbers, written once. */
  integers(values: readonly number[]): string {
    return this.#once(`integers/${values.join('_')}`, [values.length], Int32Array.from(values));
  }

  /** One whole number, written once. */
  integer(value: number): string {
    return this.#once(`integer/${value}`, [], Int32Array.of(value));
  }

  /** One number, written once. */
  number(value: number): string {
    return this.#once(`number/${value}`, [], Float32Array.of(value));
  }

  /** Rows of pairs (padding before and after each axis), written once. */
  pairs(rows: readonly (readonly [number, number])[]): string {
    const flat = rows.flat();
    return this.#once(`pairs/${flat.join('_')}`, [rows.length, 2], Int32Array.from(flat));
  }

  /** The same elements under another shape, which may hold one symbol. */
  reshaped(name: string, x: Laid, dims: readonly Dim[], axes = inOrder(dims.length)): Laid {
    if (dims.length === x.dims.length && dims.every((dim, i) => dim === x.dims[i])) {
      return { ...x, axes };
    }
    const shape = dims.map((dim) => (typeof dim === 'number' ? dim : -1));
    if (shape.filter((dim) => dim === -1).length > 1) {
      throw new SpecError({
        site: name,
        expected: 'at most one axis of unknown size',
        received: `[${dims.join(', ')}]`,
      });
    }
    const ref = this.add('Reshape', `${name}/Reshape`, [x.ref, this.integers(shape)]);
    return { ref, dims, axes };
  }

  /** The value with its axes in this order. */
  arranged(name: string, x: Laid, axes: readonly number[]): Laid {
    if (sameOrder(x.axes, axes)) return x;
    const perm = permutation(x.axes, axes);
    const dims = perm.map((place) => x.dims[place]!);
    // Where only axes of size 1 change places, nothing moves.
    const moving = perm.filter((place) => x.dims[place] !== 1);
    if (moving.every((place, i) => i === 0 || place > moving[i - 1]!)) {
      return this.reshaped(name, x, dims, [...axes]);
    }
    const ref = this.add('Transpose', `${name}/Transpose`, [x.ref, this.integers(perm)]);
    return { ref, dims, axes };
  }

  /** The value as three axes, [before, at, after] a place: every backend is fast at those. */
  aroundPlace(name: string, x: Laid, place: number, width = 1): Laid {
    return this.reshaped(name, x, [
      product(x.dims.slice(0, place)),
      product(x.dims.slice(place, place + width)),
      product(x.dims.slice(place + width)),
    ]);
  }

  #once(name: string, shape: readonly number[], data: Float32Array | Int32Array): string {
    const node = this.#shared.get(name) ?? this.constant(name, shape, data);
    this.#shared.set(name, node);
    return node;
  }

  #claim(base: string): string {
    const clean = base.replace(/[^\w.\-/]/g, '_').replace(/^[^A-Za-z0-9.]/, 'x');
    let name = clean;
    for (let n = 2; this.#names.has(name); n++) name = `${clean}_${n}`;
    this.#names.add(name);
    return name;
  }
}
