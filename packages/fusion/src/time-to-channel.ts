import type { GraphBuilder, LateralConnection, Value } from '@slowfast/core';
import { temporalRatio } from './temporal-ratio.js';

/**
 * Time-to-channel (paper, section 3.4, TtoC): packs α neighbouring frames into the channels of one,
 * `[N, C, αT, H, W] → [N, αC, T, H, W]`, frame-major: channel `a · C + c` is channel c of frame a. No
 * parameters. Joins by `concat`, or by `sum` where αβ = 1.
 *
 * @example
 * const lateral = { from: 'fast', to: 'slow', after: ['stem', 'res2'], via: timeToChannel() };
 */
export function timeToChannel(): LateralConnection {
  return {
    kind: 'time-to-channel',
    transform(g: GraphBuilder, from: Value, to: Value): Value {
      const ratio = temporalRatio(g, from, to);
      if (ratio === 1) return from;
      const channels = g.channelsOf(from);
      const [clips, , , ...spatial] = from.type.shape;
      const frames = to.type.shape[2]!;
      const grouped = g.reshape(from, [clips!, channels, frames, ratio, ...spatial]);
      const frameMajor = g.transpose(grouped, [0, 3, 1, 2, 4, 5]);
      return g.reshape(frameMajor, [clips!, ratio * channels, frames, ...spatial]);
    },
  };
}
