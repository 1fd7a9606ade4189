import type { GraphBuilder, Triple, Value } from '@slowfast/core';
import type { BlockKind, BlockSpec } from './residual.js';

/**
 * The bottleneck block of ResNet-50 and deeper (paper, Table 1): `a` k×1×1, `b` 1×3×3 with the spatial
 * stride and dilation, `c` 1×1×1 to four times the width, each with batch norm. The scale of the last
 * norm starts at 0 (paper, appendix).
 */
export const bottleneck: BlockKind = {
  kind: 'bottleneck',
  expansion: 4,
  branch(g: GraphBuilder, x: Value, spec: BlockSpec): Value {
    const { width, temporalKernel, stride, dilation } = spec;
    const a = g.scope('a');
    const b = g.scope('b');
    const c = g.scope('c');
    let value = a.conv3d(x, { channels: width, kernel: [temporalKernel, 1, 1] });
    value = a.relu(a.batchNorm(value));
    const strides: Triple = [1, stride, stride];
    const dilations: Triple = [1, dilation, dilation];
    value = b.conv3d(value, {
      channels: width,
      kernel: [1, 3, 3],
      stride: strides,
      dilation: dilations,
    });
    value = b.relu(b.batchNorm(value));
    value = c.conv3d(value, { channels: 4 * width, kernel: [1, 1, 1] });
    return c.batchNorm(value, { initialScale: 0 });
  },
};
