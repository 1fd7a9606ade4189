/**
 * @file Operations with gradients of our own: TF.js' own ones are missing, slow or inexact on some backend.
 * `needs` says which gradients are wanted; TF.js itself would compute all of them.
 */
import * as tf from '@tensorflow/tfjs';
import { columnSums } from '../lowering/column-sums.js';
import {
  conv2dFilterGradient,
  conv2dForward,
  conv2dInputGradient,
  transposedProduct,
  type Window2d,
} from '../kernels/conv2d-backprop.js';

/** Which of a product's factors depend on what is trained. */
export interface Needs {
  readonly x: boolean;
  readonly w: boolean;
}

interface Product<X extends tf.Tensor, W extends tf.Tensor, Y extends tf.Tensor> {
  readonly forward: (x: X, w: W) => Y;
  readonly gradientOfX: (dy: Y, x: X, w: W) => X;
  readonly gradientOfW: (dy: Y, x: X, w: W) => W;
}

/** A product of two factors, of which only those that are wanted get a gradient. */
function product<X extends tf.Tensor, W extends tf.Tensor, Y extends tf.Tensor>(
  { forward, gradientOfX, gradientOfW }: Product<X, W, Y>,
  x: X,
  w: W,
  needs: Needs,
): Y {
  const wanted: tf.Tensor[] = [...(needs.x ? [x] : []), ...(needs.w ? [w] : [])];
  if (wanted.length === 0) return forward(x, w);
  const run = tf.customGrad((...args: (tf.Tensor | tf.GradSaveFunc)[]) => {
    // Factors that are no argument are constants here, but must live until the gradient is computed.
    const save = args.at(-1) as tf.GradSaveFunc;
    save([x, w]);
    return {
      value: forward(x, w),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [keptX, keptW] = saved as [X, W];
        return [
          ...(needs.x ? [gradientOfX(dy as Y, keptX, keptW)] : []),
          ...(needs.w ? [gradientOfW(dy as Y, keptX, keptW)] : []),
        ];
      },
    };
  });
  return run(...wanted) as Y;
}

/** 2-D convolution of `x [N, H, W, C]` with `w [kH, kW, C, O]`. */
export function conv2d(
  x: tf.Tensor4D,
  w: tf.Tensor4D,
  window: Window2d,
  needs: Needs,
): tf.Tensor4D {
  return product(
    {
      forward: (a: tf.Tensor4D, b: tf.Tensor4D) => conv2dForward(a, b, window),
      gradientOfX: (dy, a, b) => conv2dInputGradient([a.shape[1], a.shape[2]], dy, b, window),
      gradientOfW: (dy, a, b) => conv2dFilterGradient(a, dy, [b.shape[0], b.shape[1]], window),
    },
    x,
    w,
    needs,
  );
}

/** `[M, K] · [K, L]`, where transposing first is what is fast. */
export function matMul2d(x: tf.Tensor2D, w: tf.Tensor2D, needs: Needs): tf.Tensor2D {
  return product(
    {
      forward: (a: tf.Tensor2D, b: tf.Tensor2D) => tf.matMul(a, b),
      gradientOfX: (dy, _a, b) => tf.tidy(() => tf.matMul(dy, tf.transpose(b))),
      gradientOfW: (dy, a) => tf.tidy(() => transposedProduct(a, dy)),
    },
    x,
    w,
    needs,
  );
}

/** `x [P, C] + bias [C]`. */
export function addBias(x: tf.Tensor2D, bias: tf.Tensor1D): tf.Tensor2D {
  const run = tf.customGrad((...args: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const [a, b] = args as [tf.Tensor2D, tf.Tensor1D];
    return {
      value: tf.add(a, b),
      gradFunc: (dy: tf.Tensor) => [tf.clone(dy), columnSums(dy as tf.Tensor2D)],
    };
  });
  return run(x, bias) as tf.Tensor2D;
}
