/**
 * A new lateral connection in one file: the maximum over each group of α Fast frames, then a 1x1x1
 * convolution. α is not a setting: it is what the two values say.
 */
import type { LateralConnection } from '@slowfast/core';

/** Options of {@link temporalMax}. */
export interface TemporalMaxOptions {
  /** Output channels as a multiple of the source's. */
  readonly channelRatio?: number;
}

/** Strongest response in each group of α frames: `[N, C, αT, H, W] → [N, ratio · C, T, H, W]`. */
export function temporalMax({ channelRatio = 2 }: TemporalMaxOptions = {}): LateralConnection {
  return {
    kind: 'temporal-max',
    transform(g, from, to) {
      const [fromFrames, toFrames] = [from.type.shape[2] as number, to.type.shape[2] as number];
      const alpha = fromFrames / toFrames;
      if (!Number.isInteger(alpha)) {
        return g.fail(
          `T of ${g.labelOf(from)} to be a multiple of T = ${toFrames} of ${g.labelOf(to)}`,
          `T = ${fromFrames} (α = ${alpha.toFixed(2)})`,
          'Choose frames of which one divides the other',
        );
      }
      const strongest = g.maxPool3d(from, [alpha, 1, 1], [alpha, 1, 1]);
      const channels = g.channelsOf(from) * channelRatio;
      return g.relu(g.batchNorm(g.conv3d(strongest, { channels, kernel: [1, 1, 1] })));
    },
  };
}
