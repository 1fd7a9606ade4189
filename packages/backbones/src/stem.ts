import { checkArguments } from '@slowfast/core';
import type { GraphBuilder, Stage, Value } from '@slowfast/core';
import { checkKernel } from './temporal-kernels.js';

/** Options of {@link stem}. */
export interface StemOptions {
  /** Output channels. */
  readonly channels: number;
  /** Temporal kernel size in frames: 1 in Slow, 5 in Fast. */
  readonly temporalKernel: number;
  /** Temporal strides of the convolution and of the pooling; default 1 and 1. */
  readonly temporalStrides?: readonly [convolution: number, pooling: number];
  /** Whether the maximum is taken after the convolution; default true. */
  readonly pool?: boolean;
  /** Spatial stride of the convolution and of the pooling; default 2. */
  readonly spatialStride?: number;
  /** ε of the batch norm; default 1e-5. */
  readonly epsilon?: number | undefined;
}

/**
 * The first stage (conv1 and pool1 of the paper's Table 1): convolution k×7×7 of stride 1×2×2, batch
 * norm, ReLU, then the maximum over 1×3×3 at stride 1×2×2. `[N, C, T, H, W] → [N, channels, T, H/4, W/4]`;
 * T is divided by both temporal strides where there are some, H and W by twice the spatial one. Throws SpecError for an even kernel.
 */
export function stem(options: StemOptions): Stage<'stem'> {
  checkArguments('stem', { options: [options, 'object'] });
  const { channels, temporalKernel, temporalStrides = [1, 1], pool = true } = options;
  const { spatialStride: side = 2, epsilon } = options;
  const [convolution, pooling] = temporalStrides;
  checkKernel(temporalKernel, 'resnet.temporalKernels.stem');
  return {
    name: 'stem',
    build(g: GraphBuilder, x: Value): Value {
      const features = g.conv3d(x, {
        channels,
        kernel: [temporalKernel, 7, 7],
        stride: [convolution, side, side],
      });
      const value = g.relu(g.batchNorm(features, { epsilon }));
      return pool ? g.maxPool3d(value, [1, 3, 3], [pooling, side, side], [0, 1, 1]) : value;
    },
  };
}
