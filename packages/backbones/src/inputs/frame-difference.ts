import { checkArguments } from '@slowfast/core';
import type { GraphBuilder, Value } from '@slowfast/core';
import { grey, type GreyOptions } from './grey.js';
import type { PathwayInput } from './pathway-input.js';

/**
 * Each grey frame less the one before it, `[N, 3, T, H, W]` to `[N, 1, T, H, W]`. Before the first frame of a clip
 * nothing is known: its difference is zero.
 */
export function frameDifference(options: GreyOptions = {}): PathwayInput {
  checkArguments('frameDifference', { options: [options, 'object'] });

  const luma = grey(options);
  return {
    kind: 'difference',
    transform(g: GraphBuilder, clip: Value): Value {
      const frames = clip.type.shape[2];
      if (typeof frames !== 'number') return g.fail('a known number of frames', `${frames}`);
      const current = luma.transform(g, clip);
      const before = Array.from({ length: frames }, (_, t) => Math.max(0, t - 1));
      const previous = g.emit('gather', [current], { axis: 2, indices: before });
      return g.add(current, g.emit('scale', [previous], { factor: -1 }));
    },
  };
}
