import { checkArguments, LUMA } from '@slowfast/core';
import type { GraphBuilder, Value } from '@slowfast/core';
import type { PathwayInput } from './pathway-input.js';

/** Options of {@link grey}. */
export interface GreyOptions {
  /** Order of the colours in the clip. Default `rgb`. */
  readonly channelOrder?: 'rgb' | 'bgr';
}

/**
 * Grey-scale frames, `[N, 3, T, H, W]` to `[N, 1, T, H, W]`: luma of the normalised colours, which is normalised luma
 * where the colours have one mean and deviation, as in the models of the paper.
 */
export function grey(options: GreyOptions = {}): PathwayInput {
  checkArguments('grey', { options: [options, 'object'] });

  const { channelOrder = 'rgb' } = options;
  const luma = channelOrder === 'rgb' ? LUMA : LUMA.toReversed();
  return {
    kind: 'grey',
    transform(g: GraphBuilder, clip: Value): Value {
      if (g.channelsOf(clip) !== 3) g.fail('a clip of three colours', `${g.channelsOf(clip)}`);
      return luma
        .map((factor, start) => {
          const colour = { axis: 1, start, stop: start + 1, step: 1 };
          return g.emit('scale', [g.emit('slice', [clip], colour)], { factor });
        })
        .reduce((sum, part) => g.add(sum, part));
    },
  };
}
