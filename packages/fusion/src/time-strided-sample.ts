import type { GraphBuilder, LateralConnection, Value } from '@slowfast/core';
import { temporalRatio } from './temporal-ratio.js';

/**
 * Time-strided sampling (paper, section 3.4, T-sample): every α-th frame from the first,
 * `[N, C, αT, H, W] → [N, C, T, H, W]`. No parameters.
 *
 * @example
 * const lateral = { from: 'fast', to: 'slow', after: ['stem', 'res2'], via: timeStridedSample() };
 */
export function timeStridedSample(): LateralConnection {
  return {
    kind: 'time-strided-sample',
    transform(g: GraphBuilder, from: Value, to: Value): Value {
      const step = temporalRatio(g, from, to);
      const stop = from.type.shape[2] as number;
      return step === 1 ? from : g.emit('slice', [from], { axis: 2, start: 0, stop, step });
    },
  };
}
