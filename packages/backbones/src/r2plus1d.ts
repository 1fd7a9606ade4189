/** @file R(2+1)D of bottlenecks (Tran et al., A Closer Look at Spatiotemporal Convolutions, CVPR 2018), as PyTorchVideo has it. */
import { checkArguments } from '@slowfast/core';
import { bottleneckOf } from './bottleneck.js';
import { resnet, type ResnetBackbone, type ResnetOptions } from './resnet.js';
import type { BlockKind } from './residual.js';
import { c2dPlan } from './temporal-kernels.js';

/** A bottleneck whose middle is a 3×1×1 convolution, batch norm, ReLU and a 1×3×3 convolution. */
export const factorisedBottleneck: BlockKind = bottleneckOf(
  '(2+1)D bottleneck',
  (g, x, { width, stride, temporalStride = 1, epsilon }) => {
    const time = g.scope('time');
    const along = time.conv3d(x, {
      channels: width,
      kernel: [3, 1, 1],
      stride: [temporalStride, 1, 1],
    });
    return g.conv3d(time.relu(time.batchNorm(along, { epsilon })), {
      channels: width,
      kernel: [1, 3, 3],
      stride: [1, stride, stride],
    });
  },
);

/** Options of {@link r2plus1d}: those of a residual network, but for what makes it factorised. */
export type R2Plus1dOptions = Partial<
  Omit<ResnetOptions, 'block' | 'temporalKernels' | 'spatialDilations'>
>;

/**
 * R(2+1)D of 50 layers (or another `depth`): `[N, C, T, H, W]` to `[N, 2048, T/4, H/32, W/32]` in stages `stem`, `res2` …
 * `res5`. Its stem does not pool, so that res2 has a spatial stride of 2. As a pathway beside residual networks it has
 * their sizes with `{ temporalStrides: {}, stemPool: true, spatialStrides: {} }`. Throws as `resnet`.
 *
 * @example
 * const fast = r2plus1d({ width: 8, temporalStrides: {}, stemPool: true, spatialStrides: {} });
 */
export function r2plus1d(options: R2Plus1dOptions = {}): ResnetBackbone {
  checkArguments('r2plus1d', { options: [options, 'object'] });

  return resnet({
    depth: 50,
    stemPool: false,
    spatialStrides: { res2: 2 },
    temporalStrides: { res4: 2, res5: 2 },
    ...options,
    temporalKernels: c2dPlan,
    block: factorisedBottleneck,
  });
}
