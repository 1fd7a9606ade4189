/**
 * @file Operations that only training graphs have: losses and statistics, which have gradients of their own, and the
 * adjoints of the networks' operations, which have none. Every adjoint takes the gradient `dy` of an output first.
 */
import type { ActivationFunction, Dim, Triple, WindowAttrs } from './types.js';

/** Attributes of a convolution whose adjoint is meant. */
export interface ConvolutionAttrs extends WindowAttrs {
  readonly dilation: Triple;
  readonly groups: number;
}

/** Operations of losses and batch statistics; gradients flow through them. */
export interface TrainingOpAttrs {
  /** `(logits [...,C], targets [...,C]) → [...]`: `−Σ target · log softmax(logits)` of each row. */
  cross_entropy: Record<never, never>;
  /** `(logits, targets of one shape) → that shape`: the binary cross-entropy of `sigmoid(logits)`. */
  binary_cross_entropy: Record<never, never>;
  /** `(x [N,C,...], mean [C]) → [C]`: the biased variance of each channel, whose mean is known. */
  batch_variance: Record<never, never>;
  /**
   * `(x [N,C,...], scale [C], shift [C], mean [C], variance [C]) → x's shape`: a batch norm whose mean and variance are
   * those of `x` itself, so that its gradient for `x` includes the way through them.
   */
  batch_norm_training: { readonly epsilon: number };
}

/** Adjoints. */
export interface AdjointOpAttrs {
  /** `() → a value` of one number. */
  fill: { readonly shape: readonly number[]; readonly value: number };
  /** `(dy [N,O,T',H',W'], weight) → [N,C,...size]`. */
  conv3d_input_gradient: ConvolutionAttrs & { readonly size: Triple };
  /** `(dy [N,O,T',H',W'], x [N,C,T,H,W]) → [O,C/groups,kT,kH,kW]`. */
  conv3d_weight_gradient: ConvolutionAttrs;
  /** `(dy, x, y) → x's shape`: to the first largest element of each window. */
  max_pool3d_gradient: WindowAttrs;
  /** `(dy [N,C,T',H',W']) → [N,C,...size]`. */
  avg_pool3d_gradient: WindowAttrs & { readonly size: Triple };
  /**
   * `(dy, scale [C], variance [C]) → dy's shape`: of a batch norm with fixed statistics; with
   * `(..., x, mean [C], dscale [C], dshift [C])` of one over its own batch.
   */
  batch_norm_input_gradient: { readonly epsilon: number };
  /** `(dy, x, mean [C], variance [C]) → [C]`. */
  batch_norm_scale_gradient: { readonly epsilon: number };
  /** `(dy, y) → dy's shape`; `silu` and `hardswish` take their argument x in place of y. */
  activation_gradient: { readonly fn: ActivationFunction };
  /** `(dy, x) → x's shape`, or `(dy, x, y)` of a maximum: shared by equal elements. */
  reduce_gradient: {
    readonly fn: 'mean' | 'max' | 'sum';
    readonly axes: readonly number[];
    readonly keepDims: boolean;
  };
  /** `(dy) → zeros of `size` along the axis`, to which each row of `dy` is added at its index. */
  scatter: { readonly axis: number; readonly indices: readonly number[]; readonly size: Dim };
  /** `(dy [R,C,h,w], boxes [R,5], features [N,C,H,W]) → features' shape`. */
  roi_align_gradient: {
    readonly size: readonly [h: number, w: number];
    readonly spatialScale: number;
    readonly samplingRatio: number;
    readonly aligned: boolean;
  };
}
