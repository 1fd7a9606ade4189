import type { GraphBuilder, Value } from '@slowfast/core';
import type { PathwayInput } from './pathway-input.js';

/**
 * Half the spatial resolution, `[N, C, T, H, W]` to `[N, C, T, H/2, W/2]`: means of 2×2 pixels. Lateral connections to
 * a pathway of full resolution want `spatialUpsample`.
 */
export function halfResolution(): PathwayInput {
  return {
    kind: 'half',
    transform: (g: GraphBuilder, clip: Value): Value => g.avgPool3d(clip, [1, 2, 2], [1, 2, 2]),
  };
}
