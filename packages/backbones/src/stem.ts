import { checkArguments } from '@slowfast/core';
import type { GraphBuilder, Stage, Value } from '@slowfast/core';
import { checkKernel } from './temporal-kernels.js';

/** Options of {@link stem}. */
export interface StemOptions {
  /** Output channels. */
  readonly channels: number;
  /** Temporal kernel size in frames: 1 in Slow, 5 in Fast. */
  readonly temporalKernel: number;
}

/**
 * The first stage (conv1 and pool1 of the paper's Table 1): convolution k×7×7 of stride 1×2×2, batch
 * norm, ReLU, then the maximum over 1×3×3 at stride 1×2×2. `[N, C, T, H, W] → [N, channels, T, H/4, W/4]`.
 * Throws SpecError for an even kernel.
 */
export function stem(options: StemOptions): Stage<'stem'> {
  checkArguments('stem', { options: [options, 'object'] });
  const { channels, temporalKernel } = options;
  checkKernel(temporalKernel, 'resnet.temporalKernels.stem');
  return {
    name: 'stem',
    build(g: GraphBuilder, x: Value): Value {
      const seen = g.conv3d(x, { channels, kernel: [temporalKernel, 7, 7], stride: [1, 2, 2] });
      return g.maxPool3d(g.relu(g.batchNorm(seen)), [1, 3, 3], [1, 2, 2], [0, 1, 1]);
    },
  };
}
