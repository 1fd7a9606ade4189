import type { GraphBuilder, Value } from '@slowfast/core';
import type { BlockKind, BlockSpec } from './residual.js';

/**
 * The basic block of ResNet-18 and 34: `a` k×3×3 with the spatial stride, `b` 1×3×3 with the spatial
 * dilation, each with batch norm; as PySlowFast's `BasicTransform`. The scale of the last norm starts
 * at 0.
 */
export const basicBlock: BlockKind = {
  kind: 'basic',
  expansion: 1,
  branch(g: GraphBuilder, x: Value, spec: BlockSpec): Value {
    const { width, temporalKernel, stride, dilation, epsilon } = spec;
    const a = g.scope('a');
    const b = g.scope('b');
    let value = a.conv3d(x, {
      channels: width,
      kernel: [temporalKernel, 3, 3],
      stride: [1, stride, stride],
    });
    value = a.relu(a.batchNorm(value, { epsilon }));
    value = b.conv3d(value, {
      channels: width,
      kernel: [1, 3, 3],
      dilation: [1, dilation, dilation],
    });
    return b.batchNorm(value, { epsilon, initialScale: 0 });
  },
};
