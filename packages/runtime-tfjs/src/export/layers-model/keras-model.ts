/** @file Collects the layers and weights of a Keras model while a graph is lowered. */
import { SpecError, type Dim } from '@slowfast/core';
import { inOrder, permutation, sameOrder, type Laid } from '../axes.js';
import type { FileWeight } from '../model-files.js';

/** A layer as Keras writes it. */
export interface KerasLayer {
  readonly name: string;
  readonly class_name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly inbound_nodes: readonly unknown[];
}

/** A weight of a layer: its name in the layer, shape and numbers. */
export type LayerWeight = readonly [name: string, shape: readonly number[], data: Float32Array];

/** Adds layers under names that are free. The first axis is the batch, which no layer moves. */
export class KerasModel {
  readonly layers: KerasLayer[] = [];
  readonly weights: FileWeight[] = [];
  /** What is being written, for errors: `conv (conv3d)`. */
  site = 'model';
  readonly #names: Set<string>;

  /** `reserved` names are given to layers by {@link addNamed} only. */
  constructor(reserved: Iterable<string>) {
    this.#names = new Set(reserved);
  }

  /** Throws a {@link SpecError} at the site about something that no standard layer does. */
  refuse(expected: string, received: string): never {
    throw new SpecError({
      site: this.site,
      expected: `${expected}, which Keras layers can do`,
      received,
      remedy: 'Export a graph model (exportGraphModel), which has no layers',
    });
  }

  /** Adds a layer and gives its name. */
  add(
    className: string,
    name: string,
    inputs: readonly string[],
    config: Readonly<Record<string, unknown>> = {},
    weights: readonly LayerWeight[] = [],
  ): string {
    const own = this.#claim(name);
    for (const [weight, shape, data] of weights) {
      this.weights.push({ name: `${own}/${weight}`, shape, data });
    }
    return this.addNamed(own, className, inputs, config);
  }

  /** Adds a layer under a reserved name. */
  addNamed(
    name: string,
    className: string,
    inputs: readonly string[],
    config: Readonly<Record<string, unknown>> = {},
  ): string {
    this.layers.push({
      name,
      class_name: className,
      config: { name, trainable: true, dtype: 'float32', ...config },
      inbound_nodes: inputs.length === 0 ? [] : [inputs.map((input) => [input, 0, 0, {}])],
    });
    return name;
  }

  /** The same elements of each clip under another shape. */
  reshaped(name: string, x: Laid, dims: readonly Dim[], axes = inOrder(dims.length)): Laid {
    if (dims.length === x.dims.length && dims.every((dim, i) => dim === x.dims[i])) {
      return { ...x, axes };
    }
    const [batch, ...rest] = dims;
    if (batch !== x.dims[0]) {
      const texts = [x.dims, dims].map((shape) => `[${shape.join(', ')}]`);
      this.refuse('a shape with the clips first, as before', texts.join(' to '));
    }
    const ref = this.add('Reshape', `${name}_reshape`, [x.ref], { target_shape: rest });
    return { ref, dims, axes };
  }

  /** The value with its axes in this order. */
  arranged(name: string, x: Laid, axes: readonly number[]): Laid {
    if (sameOrder(x.axes, axes)) return x;
    const perm = permutation(x.axes, axes);
    if (perm[0] !== 0) this.refuse('the clips first', `axes ${perm.join(', ')}`);
    const dims = perm.map((place) => x.dims[place]!);
    const ref = this.add('Permute', `${name}_permute`, [x.ref], { dims: perm.slice(1) });
    return { ref, dims, axes };
  }

  #claim(base: string): string {
    const clean = base.replace(/[^\w.-]/g, '_').replace(/^[^A-Za-z0-9.]/, 'x');
    let name = clean;
    for (let n = 2; this.#names.has(name); n++) name = `${clean}_${n}`;
    this.#names.add(name);
    return name;
  }
}
