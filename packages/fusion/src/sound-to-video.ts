import {
  checkArguments,
  SpecError,
  type GraphBuilder,
  type LateralConnection,
  type Value,
} from '@slowfast/core';
import { frameRatio } from './temporal-ratio.js';

/** Options of {@link soundToVideo}. */
export interface SoundToVideoOptions {
  /** Kernel of both convolutions in frames, odd; default 5. */
  readonly kernel?: number;
  /** Channels between the two convolutions over the input's; default 1/4. */
  readonly reduction?: number;
}

const DEFAULTS = { kernel: 5, reduction: 1 / 4 } as const;

/**
 * What is heard, added to what is seen (Xiao et al. 2020, section 3.2): the mean over frequency, a convolution in time that
 * reduces channels, and one that strides to the other's frames and channels, each with batch norm and ReLU.
 * `[N, C, rT, 1, F]` to `[N, channels of the other, T, 1, 1]`, the same at every position of the picture; merge it by `sum`,
 * after Fast, so that it adds to what Fast has brought, too. Throws {@link SpecError} for an even kernel, ShapeError where T
 * is no multiple of the other's.
 *
 * @example
 * const fromAudio = { from: 'audio', to: 'slow', after: ['res2'], via: soundToVideo(), merge: 'sum' };
 */
export function soundToVideo(options: SoundToVideoOptions = {}): LateralConnection {
  checkArguments('soundToVideo', { options: [options, 'object'] });
  const { kernel, reduction } = { ...DEFAULTS, ...options };
  if (!Number.isInteger(kernel) || kernel < 1 || kernel % 2 === 0) {
    throw new SpecError({
      site: 'soundToVideo.kernel',
      expected: 'an odd number of frames',
      received: `${kernel}`,
    });
  }
  const convolved = (g: GraphBuilder, x: Value, out: number, stride: number): Value => {
    const features = g.conv3d(x, {
      channels: out,
      kernel: [kernel, 1, 1],
      stride: [stride, 1, 1],
    });
    return g.relu(g.batchNorm(features));
  };
  return {
    kind: 'sound-to-video',
    transform(g: GraphBuilder, from: Value, to: Value): Value {
      const ratio = frameRatio(g, from, to);
      const overFrequency = g.mean(from, [3, 4], true);
      const inner = convolved(g.scope('reduce'), overFrequency, reduction * g.channelsOf(from), 1);
      return convolved(g.scope('expand'), inner, g.channelsOf(to), ratio);
    },
  };
}
