/** @file What the entries of the lowering table know besides their node and its inputs. */
import type * as tf from '@tensorflow/tfjs';

/** How to lower for one backend and one run. */
export interface LoweringContext {
  /** Sizes of symbolic dimensions in this run: `N`. */
  readonly sizes: ReadonlyMap<string, number>;
  /** Whether filters that extend in time and in space are for the backend's own convolution: native TensorFlow. */
  readonly nativeConv3d: boolean;
  /**
   * Weights made of weights, kept from run to run. Without it (weights that change) they are made anew
   * in each run, and what pays off only when kept is not done.
   */
  readonly derived?: DerivedWeights | undefined;
}

/** Weights made of weights. */
export interface DerivedWeights {
  /** Whether this weight stays the same from run to run; one that is trained does not. */
  keeps(weight: tf.Tensor): boolean;
  /** What `make` gave the first time for this weight under this name; it stays until the model is disposed. */
  of<T extends readonly tf.Tensor[]>(weight: tf.Tensor, name: string, make: () => T): T;
}
