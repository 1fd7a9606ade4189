/** @file Channel-separated networks (Tran et al., Video Classification with Channel-Separated Networks, ICCV 2019). */
import { checkArguments } from '@slowfast/core';
import { bottleneckOf, type MiddleConvolution } from './bottleneck.js';
import { resnet, type ResnetBackbone, type ResnetOptions } from './resnet.js';
import type { BlockKind } from './residual.js';
import type { TemporalKernelPlan } from './temporal-kernels.js';

/** Time is looked at in the stem and in the depthwise convolutions; `a` is 1×1×1 everywhere. */
const KERNELS: TemporalKernelPlan = { stem: 3, res2: 1, res3: 1, res4: 1, res5: 1 };

/** A bottleneck whose middle is a depthwise 3×3×3 convolution: channels meet in 1×1×1 convolutions alone (ir-CSN). */
export const separableBottleneck: BlockKind = bottleneckOf(
  'channel-separated bottleneck',
  (g, x, { width, stride, temporalStride = 1 }) =>
    g.conv3d(x, {
      channels: width,
      kernel: [3, 3, 3],
      stride: [temporalStride, stride, stride],
      groups: width,
    }),
);

/** Convolution `b` of ip-CSN without its last norm: a pointwise convolution, then a depthwise one of 3×3×3. */
const preserving = (kind: string, pointwise: MiddleConvolution): BlockKind =>
  bottleneckOf(kind, (g, x, spec) => {
    const { width, stride, temporalStride = 1 } = spec;
    return g.conv3d(pointwise(g, x, spec), {
      channels: width,
      kernel: [3, 3, 3],
      stride: [temporalStride, stride, stride],
      groups: width,
    });
  });

/** The same with a 1×1×1 convolution before the depthwise one, so that no channels meet less often (ip-CSN). */
export const preservingBottleneck: BlockKind = preserving(
  'interaction-preserving bottleneck',
  (g, x, { width }) => g.conv3d(x, { channels: width, kernel: [1, 1, 1], name: 'pointwise' }),
);

/** The same with a batch norm between the two, as the published weights of ip-CSN have it. */
export const normalisedPreservingBottleneck: BlockKind = preserving(
  'interaction-preserving bottleneck with a norm between',
  (g, x, { width, epsilon }) => {
    const own = g.scope('pointwise');
    return own.batchNorm(own.conv3d(x, { channels: width, kernel: [1, 1, 1] }), { epsilon });
  },
);

/** Options of {@link csn}: those of a residual network, but for what makes it channel-separated. */
export interface CsnOptions extends Partial<
  Omit<ResnetOptions, 'block' | 'temporalKernels' | 'spatialDilations'>
> {
  /** `ir`: interactions reduced (default); `ip`: interactions preserved. */
  readonly interactions?: 'ir' | 'ip';
  /** Whether a batch norm follows the 1×1×1 convolution that ip-CSN has before the depthwise one; default false. */
  readonly pointwiseNorm?: boolean;
}

/**
 * ir-CSN or ip-CSN of 101 layers (152 and 50 by `depth`): `[N, C, T, H, W]` to `[N, 2048, T/8, H/32, W/32]` in stages
 * `stem`, `res2` … `res5`. As a pathway beside others leave T as it is: `temporalStrides: {}`. Throws as `resnet`.
 *
 * @example
 * const slow = csn({ temporalStrides: {} });
 */
export function csn(options: CsnOptions = {}): ResnetBackbone {
  checkArguments('csn', { options: [options, 'object'] });

  const { interactions = 'ir', pointwiseNorm = false, ...network } = options;
  const preservingBlock = pointwiseNorm ? normalisedPreservingBottleneck : preservingBottleneck;
  return resnet({
    depth: 101,
    temporalStrides: { res3: 2, res4: 2, res5: 2 },
    ...network,
    temporalKernels: KERNELS,
    block: interactions === 'ir' ? separableBottleneck : preservingBlock,
  });
}
