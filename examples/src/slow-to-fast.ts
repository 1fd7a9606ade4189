/** A lateral connection the other way: what Slow sees, squeezed to few channels and held for α frames. */
import type { LateralConnection } from '@slowfast/core';

/** Options of {@link heldFrames}. */
export interface HeldFramesOptions {
  /** Channels that Fast receives. */
  readonly channels: number;
}

/** Each Slow frame for the α Fast frames around it: `[N, C, T, H, W] → [N, channels, αT, H, W]`. */
export function heldFrames({ channels }: HeldFramesOptions): LateralConnection {
  return {
    kind: 'held-frames',
    transform(g, from, to) {
      const [few, many] = [from.type.shape[2] as number, to.type.shape[2] as number];
      if (!Number.isInteger(many / few)) {
        return g.fail(
          `T of ${g.labelOf(to)} to be a multiple of T = ${few} of ${g.labelOf(from)}`,
          `T = ${many}`,
        );
      }
      const squeezed = g.relu(g.batchNorm(g.conv3d(from, { channels, kernel: [1, 1, 1] })));
      const indices = Array.from({ length: many }, (_, t) => Math.floor((t * few) / many));
      return g.emit('gather', [squeezed], { axis: 2, indices });
    },
  };
}
