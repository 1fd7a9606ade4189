/** @file What basic and bottleneck blocks share: the shortcut and the sum. */
import { checkArguments } from '@slowfast/core';
import type { GraphBuilder, Triple, Value } from '@slowfast/core';

/** What a residual block is told by its stage. */
export interface BlockSpec {
  /** Channels of the inner convolutions. */
  readonly width: number;
  /** Temporal kernel size of convolution `a`, in frames. */
  readonly temporalKernel: number;
  /** Spatial stride. */
  readonly stride: number;
  /** Temporal stride; default 1. Slow and Fast have none. */
  readonly temporalStride?: number;
  /** Spatial dilation. */
  readonly dilation: number;
  /** ε of its batch norms; default 1e-5. */
  readonly epsilon?: number | undefined;
}

/** A kind of residual block. */
export interface BlockKind {
  /** What it is called: `bottleneck`. */
  readonly kind: string;
  /** Output channels over `width`. */
  readonly expansion: number;
  /** The layers beside the shortcut: `[N, C, T, H, W] → [N, width · expansion, T/temporalStride, H/stride, W/stride]`. */
  branch(g: GraphBuilder, x: Value, spec: BlockSpec): Value;
}

/** `ReLU(shortcut(x) + branch(x))`; the shortcut is a 1×1×1 convolution where channels or size change. */
export function residualBlock(g: GraphBuilder, x: Value, kind: BlockKind, spec: BlockSpec): Value {
  checkArguments('residualBlock', {
    g: [g, 'object'],
    x: [x, 'object'],
    kind: [kind, 'object'],
    spec: [spec, 'object'],
  });

  const branch = kind.branch(g, x, spec);
  return g.relu(g.add(shortcut(g.scope('shortcut'), x, spec.width * kind.expansion, spec), branch));
}

function shortcut(
  g: GraphBuilder,
  x: Value,
  channels: number,
  { stride, temporalStride = 1, epsilon }: BlockSpec,
): Value {
  if (stride * temporalStride === 1 && g.channelsOf(x) === channels) return x;
  const strides: Triple = [temporalStride, stride, stride];
  return g.batchNorm(g.conv3d(x, { channels, kernel: [1, 1, 1], stride: strides }), { epsilon });
}
