/** @file What a kernel made of other operations is. */
import type * as tf from '@tensorflow/tfjs';

/** The tensors that a kernel is given, by the names that TF.js gives them. */
export type KernelInputs = Readonly<Record<string, tf.Tensor | undefined>>;

/** The attributes that a kernel is given; each composition states the ones it reads. */
export type KernelAttrs = Readonly<Record<string, unknown>>;

/**
 * A kernel of TF.js, made of operations that the backend is fast at. It runs inside `tf.tidy`, outside of
 * any gradient's tape. Returning `undefined` leaves the work to the kernel that was there before.
 */
export interface ComposedKernel {
  /** TF.js' name: `Conv3D`. */
  readonly kernelName: string;
  /** Computes the result. */
  readonly compose: (inputs: KernelInputs, attrs: KernelAttrs) => tf.Tensor | undefined;
}
