import { checkArguments } from '@slowfast/core';
import type { GraphBuilder, Value } from '@slowfast/core';
import type { BlockKind, BlockSpec } from './residual.js';

/**
 * Convolution `b` of a bottleneck, between `a` and `c`: `[N, width, T, H, W]` to the same at the block's strides, without
 * its norm.
 */
export type MiddleConvolution = (g: GraphBuilder, x: Value, spec: BlockSpec) => Value;

/** 1×3×3 with the spatial stride and dilation. */
const spatial = (
  g: GraphBuilder,
  x: Value,
  { width, stride, temporalStride = 1, dilation }: BlockSpec,
  groups = 1,
): Value =>
  g.conv3d(x, {
    channels: width,
    kernel: [1, 3, 3],
    stride: [temporalStride, stride, stride],
    dilation: [1, dilation, dilation],
    groups,
  });

/** Options of {@link bottleneckOf}. */
export interface BottleneckOptions {
  /** Channels of `a` and `b` over the width; default 1. ResNeXt-50 of 32 groups of 4 channels has 2. */
  readonly innerRatio?: number;
}

/** The bottleneck block with another convolution in its middle, which gets the inner channels as `width`. */
export function bottleneckOf(
  kind: string,
  middle: MiddleConvolution,
  options: BottleneckOptions = {},
): BlockKind {
  checkArguments('bottleneckOf', { kind: [kind, 'string'], middle: [middle, 'function'] });
  return bottleneckAround(
    kind,
    (b, x, spec) => b.relu(b.batchNorm(middle(b, x, spec), { epsilon: spec.epsilon })),
    options,
  );
}

/**
 * The bottleneck block around a middle that ends with its own norm and activation. The temporal stride is the middle's, or
 * that of `a`.
 */
export function bottleneckAround(
  kind: string,
  middle: MiddleConvolution,
  { innerRatio = 1, strideAt = 'b' }: BottleneckOptions & { readonly strideAt?: 'a' | 'b' } = {},
): BlockKind {
  return {
    kind,
    expansion: 4,
    branch(g: GraphBuilder, x: Value, spec: BlockSpec): Value {
      const { temporalKernel, temporalStride = 1, epsilon } = spec;
      const width = spec.width * innerRatio;
      const [strideOfA, strideOfB] = strideAt === 'a' ? [temporalStride, 1] : [1, temporalStride];
      const [a, b, c] = [g.scope('a'), g.scope('b'), g.scope('c')] as const;
      let value = a.conv3d(x, {
        channels: width,
        kernel: [temporalKernel, 1, 1],
        stride: [strideOfA, 1, 1],
      });
      value = a.relu(a.batchNorm(value, { epsilon }));
      value = middle(b, value, { ...spec, width, temporalStride: strideOfB });
      value = c.conv3d(value, { channels: 4 * spec.width, kernel: [1, 1, 1] });
      return c.batchNorm(value, { epsilon, initialScale: 0 });
    },
  };
}

/**
 * The bottleneck block of ResNet-50 and deeper (paper, Table 1): `a` k×1×1, `b` 1×3×3 with the spatial
 * stride and dilation, `c` 1×1×1 to four times the width, each with batch norm. The scale of the last
 * norm starts at 0 (paper, appendix).
 */
export const bottleneck: BlockKind = bottleneckOf('bottleneck', (g, x, spec) =>
  spatial(g, x, spec),
);

/**
 * The same with `b` in groups, as ResNeXt (Xie et al., CVPR 2017) has it: 32 groups of 4 channels are `groups: 32,
 * innerRatio: 2`, of 8 channels `innerRatio: 4`. The inner channels have to be a multiple of the groups.
 */
export const groupedBottleneck = (groups: number, innerRatio: number): BlockKind =>
  bottleneckOf('grouped bottleneck', (g, x, spec) => spatial(g, x, spec, groups), { innerRatio });
