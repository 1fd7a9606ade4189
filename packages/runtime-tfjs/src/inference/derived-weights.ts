/** @file Keeps weights made of weights as long as the model that they belong to. */
import * as tf from '@tensorflow/tfjs';
import type { DerivedWeights } from '../lowering/context.js';

/**
 * A {@link DerivedWeights} over the parameters of one model, which frees everything when it is disposed.
 * Weights that are no parameters may differ in the next run: what is made of them is not kept.
 */
export class DerivedWeightCache implements DerivedWeights {
  readonly #kept = new Map<string, readonly tf.Tensor[]>();
  readonly #ids: ReadonlyMap<object, number>;

  /** `parameters` are the weights that stay the same. */
  constructor(parameters: Iterable<tf.Tensor>) {
    this.#ids = new Map([...parameters].map(({ dataId }, i) => [dataId, i]));
  }

  /** See {@link DerivedWeights.keeps}. */
  keeps(weight: tf.Tensor): boolean {
    return this.#ids.has(weight.dataId);
  }

  /** See {@link DerivedWeights.of}; kept by the weight's data, whatever shape it is seen in. */
  of<T extends readonly tf.Tensor[]>(weight: tf.Tensor, name: string, make: () => T): T {
    const id = this.#ids.get(weight.dataId);
    if (id === undefined) return make();
    const key = `${id} ${name}`;
    const tensor = this.#kept.get(key);
    // The name says which function made it, and so of which type it is.
    if (tensor) return tensor as T;
    const fresh = kept(make);
    this.#kept.set(key, fresh);
    return fresh;
  }

  /** Frees what was kept. */
  dispose(): void {
    for (const tensor of [...this.#kept.values()].flat()) tensor.dispose();
    this.#kept.clear();
  }
}

/** Made without leaving anything else behind, and out of reach of the scope around it. */
function kept<T extends readonly tf.Tensor[]>(make: () => T): T {
  let made: T | undefined;
  tf.tidy(() => {
    made = make();
    for (const tensor of made) tf.keep(tensor);
  });
  return made!;
}
