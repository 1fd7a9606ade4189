/**
 * A new backbone in one file: R(2+1)D (Tran et al., CVPR 2018), where every 3-D convolution is a spatial
 * one followed by a temporal one, with as many channels between them as keep the number of parameters.
 */
import {
  SpecError,
  type Backbone,
  type GraphBuilder,
  type Stage,
  type Triple,
  type Value,
} from '@slowfast/core';

/** Stage names, which taps and lateral connections use. */
export type R2Plus1DStage = 'stem' | 'res2' | 'res3' | 'res4' | 'res5';

/** Options of {@link r2plus1d}. */
export interface R2Plus1DOptions {
  /** Blocks in res2 .. res5; `[2, 2, 2, 2]` is the 18-layer network. */
  readonly blocks?: readonly [number, number, number, number];
  /** Channels of the stem and of res2; doubled in each stage after it. */
  readonly width?: number;
}

/** R(2+1)D as a pathway: no temporal downsampling, so that it serves as Slow or as Fast. */
export function r2plus1d({
  blocks = [2, 2, 2, 2],
  width = 64,
}: R2Plus1DOptions = {}): Backbone<R2Plus1DStage> {
  const bad = blocks.find((count) => !Number.isInteger(count) || count < 1);
  if (bad !== undefined) {
    throw new SpecError({
      site: 'r2plus1d.blocks',
      expected: 'whole numbers of at least 1',
      received: `${bad}`,
    });
  }
  const stem: Stage<R2Plus1DStage> = {
    name: 'stem',
    build(g, x) {
      const space = { channels: width, kernel: [1, 7, 7], stride: [1, 2, 2] } as const;
      const spatial = g.relu(
        g.batchNorm(g.conv3d(x, { ...space, name: 'conv_s' }), { name: 'norm_s' }),
      );
      const both = g.relu(g.batchNorm(g.conv3d(spatial, { channels: width, kernel: [3, 1, 1] })));
      // The original has no pooling here; with it the stages have the sizes of a residual network's, so
      // that lateral connections fit either.
      return g.maxPool3d(both, [1, 3, 3], [1, 2, 2], [0, 1, 1]);
    },
  };
  const stages = blocks.map((count, i): Stage<R2Plus1DStage> => ({
    name: `res${i + 2}` as R2Plus1DStage,
    blocks: { scopes: Array.from({ length: count }, (_, n) => `${n}`), beside: ['shortcut'] },
    build(g, x) {
      let value = x;
      for (let block = 0; block < count; block++) {
        const stride = i > 0 && block === 0 ? 2 : 1;
        value = residual(g.scope(`${block}`), value, width * 2 ** i, stride);
      }
      return value;
    },
  }));
  return { stages: [stem, ...stages] };
}

function residual(g: GraphBuilder, x: Value, channels: number, stride: number): Value {
  const first = g.relu(factorised(g.scope('a'), x, channels, stride, 1));
  const second = factorised(g.scope('b'), first, channels, 1, 0);
  const same = stride === 1 && g.channelsOf(x) === channels;
  return g.relu(g.add(second, same ? x : shortcut(g.scope('shortcut'), x, channels, stride)));
}

/** 1x3x3 to the channels that keep the parameters of a 3x3x3 convolution, then 3x1x1. */
function factorised(
  g: GraphBuilder,
  x: Value,
  channels: number,
  stride: number,
  initialScale: number,
): Value {
  const from = g.channelsOf(x);
  const middle = Math.floor((27 * from * channels) / (9 * from + 3 * channels));
  const step: Triple = [1, stride, stride];
  const spatial = g.conv3d(x, {
    channels: middle,
    kernel: [1, 3, 3],
    stride: step,
    name: 'conv_s',
  });
  const active = g.relu(g.batchNorm(spatial, { name: 'norm_s' }));
  return g.batchNorm(g.conv3d(active, { channels, kernel: [3, 1, 1] }), { initialScale });
}

function shortcut(g: GraphBuilder, x: Value, channels: number, stride: number): Value {
  return g.batchNorm(g.conv3d(x, { channels, kernel: [1, 1, 1], stride: [1, stride, stride] }));
}
