import {
  checkArguments,
  SpecError,
  type ActivationFunction,
  type GraphBuilder,
  type LateralConnection,
  type Value,
} from '@slowfast/core';
import { temporalRatio } from './temporal-ratio.js';

/** Options of {@link timeStridedConv}. */
export interface TimeStridedConvOptions {
  /** Temporal kernel size in frames, odd: 5 in the paper; the zoos' 8×8 networks have 7. Default 5. */
  readonly kernel?: number;
  /** Output channels over the input's; default 2. */
  readonly channelRatio?: number;
  /** Whether a batch norm follows; default true. mmaction2 has none. */
  readonly norm?: boolean;
  /** Default `relu`. mmaction2 has `identity`. */
  readonly activation?: ActivationFunction;
}

const DEFAULTS = {
  kernel: 5,
  channelRatio: 2,
  norm: true,
  activation: 'relu',
} as const satisfies Required<TimeStridedConvOptions>;

/**
 * Time-strided convolution (paper, section 3.4, T-conv, the default): k×1×1 of stride α,
 * `[N, C, αT, H, W] → [N, channelRatio · C, T, H, W]`. Throws {@link SpecError} for an even kernel or a
 * channel ratio that is not above 0.
 *
 * @example
 * const lateral = { from: 'fast', to: 'slow', after: ['stem', 'res2'], via: timeStridedConv({ kernel: 7 }) };
 */
export function timeStridedConv(options: TimeStridedConvOptions = {}): LateralConnection {
  checkArguments('timeStridedConv', { options: [options, 'object'] });
  const { kernel, channelRatio, norm, activation } = { ...DEFAULTS, ...options };
  if (!Number.isInteger(kernel) || kernel < 1 || kernel % 2 === 0) {
    throw new SpecError({
      site: 'timeStridedConv.kernel',
      expected: 'an odd number of frames',
      received: `${kernel}`,
    });
  }
  if (!(channelRatio > 0)) {
    throw new SpecError({
      site: 'timeStridedConv.channelRatio',
      expected: 'a ratio above 0',
      received: `${channelRatio}`,
    });
  }
  return {
    kind: 'time-strided-conv',
    transform(g: GraphBuilder, from: Value, to: Value): Value {
      const ratio = temporalRatio(g, from, to);
      const features = g.conv3d(from, {
        channels: channelRatio * g.channelsOf(from),
        kernel: [kernel, 1, 1],
        stride: [ratio, 1, 1],
      });
      return g.activation(norm ? g.batchNorm(features) : features, activation);
    },
  };
}
