/** @file X3D (Feichtenhofer, X3D: Expanding Architectures for Efficient Video Recognition, CVPR 2020). */
import {
  checkArguments,
  SpecError,
  type GraphBuilder,
  type Stage,
  type Value,
} from '@slowfast/core';
import { multipleOfEight } from './rounded-width.js';
import { squeezeExcitation } from './squeeze-excitation.js';
import type { ResnetBackbone } from './resnet.js';
import type { ResidualStage } from './temporal-kernels.js';

/** Options of {@link x3d}; the defaults are those of X3D-XS, -S and -M. */
export interface X3dOptions {
  /** Channels of the stem and of res2, doubled in each stage after it; default 24. */
  readonly width?: number;
  /** γ_d: blocks of each stage over 1, 2, 5 and 3, rounded up; default 2.2. X3D-L has 5. */
  readonly depthFactor?: number;
  /** γ_b: inner channels of a block over its outer ones; default 2.25. */
  readonly bottleneckFactor?: number;
  /** Inner channels over those that decide about them, in every other block; 0 for none. Default 1/16. */
  readonly squeeze?: number;
  /** Which shortcuts with a convolution have batch norm: those that change channels (default), or all (PySlowFast's). */
  readonly shortcutNorm?: 'channels' | 'all';
}

const DEFAULTS = {
  ...{ width: 24, depthFactor: 2.2, bottleneckFactor: 2.25, squeeze: 1 / 16 },
  shortcutNorm: 'channels',
} as const satisfies Required<X3dOptions>;
const STAGES = ['res2', 'res3', 'res4', 'res5'] as const satisfies readonly ResidualStage[];
const BLOCKS = { res2: 1, res3: 2, res4: 5, res5: 3 } as const;

/**
 * X3D: depthwise 3×3×3 convolutions in narrow blocks, with squeeze-and-excitation and swish. `[N, C, T, H, W]` to
 * `[N, 8·width, T, H/32, W/32]` in stages `stem`, `res2` … `res5`; nothing in it changes T, so that it is a Slow or a Fast
 * pathway as it is. Stages have twice the spatial stride that residual networks have at the same name (the stem halves,
 * res2 halves again). Throws {@link SpecError} for factors that make no network.
 *
 * @example
 * const fast = x3d({ width: 8, depthFactor: 1 });
 */
export function x3d(options: X3dOptions = {}): ResnetBackbone {
  checkArguments('x3d', { options: [options, 'object'] });

  const { width, depthFactor, bottleneckFactor, squeeze, shortcutNorm } = {
    ...DEFAULTS,
    ...options,
  };
  for (const [name, value] of Object.entries({ width, depthFactor, bottleneckFactor })) {
    if (value > 0 && Number.isFinite(value)) continue;
    throw new SpecError({
      site: `x3d.${name}`,
      expected: 'a number above 0',
      received: `${value}`,
    });
  }
  const stage = <S extends ResidualStage>(name: S): Stage<S> => {
    const channels = width * 2 ** STAGES.indexOf(name);
    const count = Math.ceil(BLOCKS[name] * depthFactor);
    const inner = Math.round(channels * bottleneckFactor);
    return {
      name,
      blocks: {
        scopes: Array.from({ length: count }, (_, block) => `${block}`),
        beside: ['shortcut', 'squeeze'],
      },
      build(g: GraphBuilder, x: Value): Value {
        let value = x;
        for (let block = 0; block < count; block++) {
          value = x3dBlock(g.scope(`${block}`), value, {
            channels,
            inner,
            stride: block === 0 ? 2 : 1,
            squeeze: block % 2 === 0 ? squeeze : 0,
            shortcutNorm,
          });
        }
        return value;
      },
    };
  };
  return { stages: [stem(width), stage('res2'), stage('res3'), stage('res4'), stage('res5')] };
}

/** 1×3×3 at stride 1×2×2, then a depthwise 5×1×1, batch norm and ReLU. */
const stem = (channels: number): Stage<'stem'> => ({
  name: 'stem',
  build(g: GraphBuilder, x: Value): Value {
    const spatial = g.conv3d(x, {
      channels,
      kernel: [1, 3, 3],
      stride: [1, 2, 2],
      name: 'spatial',
    });
    const temporal = g.conv3d(spatial, { channels, kernel: [5, 1, 1], groups: channels });
    return g.relu(g.batchNorm(temporal));
  },
});

interface X3dBlock {
  readonly channels: number;
  readonly inner: number;
  readonly stride: number;
  readonly squeeze: number;
  readonly shortcutNorm: 'channels' | 'all';
}

function x3dBlock(g: GraphBuilder, x: Value, spec: X3dBlock): Value {
  const { channels, inner, stride, squeeze } = spec;
  const [a, b, c] = [g.scope('a'), g.scope('b'), g.scope('c')] as const;
  let value = a.relu(a.batchNorm(a.conv3d(x, { channels: inner, kernel: [1, 1, 1] })));
  value = b.batchNorm(
    b.conv3d(value, {
      channels: inner,
      kernel: [3, 3, 3],
      stride: [1, stride, stride],
      groups: inner,
    }),
  );
  if (squeeze > 0)
    value = squeezeExcitation(g.scope('squeeze'), value, multipleOfEight(inner * squeeze));
  value = b.activation(value, 'silu');
  value = c.batchNorm(c.conv3d(value, { channels, kernel: [1, 1, 1] }), { initialScale: 0 });
  return g.relu(g.add(shortcut(g.scope('shortcut'), x, spec), value));
}

/** A 1×1×1 convolution where size or channels change. */
function shortcut(g: GraphBuilder, x: Value, { channels, stride, shortcutNorm }: X3dBlock): Value {
  const same = g.channelsOf(x) === channels;
  if (same && stride === 1) return x;
  const value = g.conv3d(x, { channels, kernel: [1, 1, 1], stride: [1, stride, stride] });
  return same && shortcutNorm === 'channels' ? value : g.batchNorm(value);
}
