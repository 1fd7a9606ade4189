/**
 * A head of one's own in one file: for each cell of the last features, whether the middle of a person is in
 * it, and how far from the middle of the cell the sides of the box are (as in FCOS and CenterNet).
 */
import type { Head } from '@slowfast/core';

/** Options of {@link centreHead}. */
export interface CentreHeadOptions<P extends string> {
  /** Pathways to read, in this order. */
  readonly pathways: readonly P[];
  /** Channels between the features and the outputs. */
  readonly channels?: number;
}

/**
 * `[N, C, T, H, W]` of each pathway to `centres` `[N, 1, 1, H, W]`, logits, and `sides` `[N, 4, 1, H, W]`:
 * left, top, right, bottom, in parts of the frame. Takes any T, H and W.
 */
export function centreHead<const P extends string>({
  pathways,
  channels = 64,
}: CentreHeadOptions<P>): Head<P, 'centres' | 'sides'> {
  return {
    pathways,
    build(g, features) {
      const pooled = pathways.map((pathway) => g.mean(features[pathway], [2], true));
      const joined = pooled.length === 1 ? pooled[0]! : g.concat(pooled);
      const mixed = g.relu(g.batchNorm(g.conv3d(joined, { channels, kernel: [1, 3, 3] })));
      const one = { kernel: [1, 1, 1], bias: true } as const;
      return {
        centres: g.conv3d(mixed, { ...one, channels: 1, name: 'centres' }),
        sides: g.conv3d(mixed, { ...one, channels: 4, name: 'sides' }),
      };
    },
  };
}
