/**
 * @file MoViNet A0, A1 and A2 without stream buffers (Kondratyuk et al., MoViNets: Mobile Video Networks for Efficient Video
 * Recognition, CVPR 2021): the widths and kernels that its search found, over the blocks of MobileNetV3 in 3-D.
 */
import { checkArguments, SpecError } from '@slowfast/core';
import type { GraphBuilder, Stage, Value } from '@slowfast/core';
import { multipleOfEight } from './rounded-width.js';
import { squeezeExcitation } from './squeeze-excitation.js';
import type { ResnetBackbone } from './resnet.js';
import type { ResidualStage } from './temporal-kernels.js';

/** Options of {@link movinet}. */
export interface MovinetOptions {
  /** Default `a0`. */
  readonly variant?: keyof typeof VARIANTS;
}

/** Inner channels, frames and side of a depthwise kernel. */
type Block = readonly [inner: number, frames: number, side: number];

/** Output channels of a group of blocks, and the blocks; the first has the group's stride. */
type Group = readonly [channels: number, ...blocks: Block[]];

interface Variant {
  readonly stem: number;
  /** Blocks 2 to 6 of the paper's tables. */
  readonly groups: readonly [Group, Group, Group, Group, Group];
}

const plain = (...inner: readonly number[]): Block[] => inner.map((each) => [each, 3, 3]);
const flat = (...inner: readonly number[]): Block[] => inner.map((each) => [each, 1, 5]);

const VARIANTS = {
  a0: {
    stem: 8,
    groups: [
      [8, ...flat(24)],
      [32, ...plain(80, 80, 80)],
      [56, [184, 5, 3], ...plain(112, 184)],
      [56, [184, 5, 3], ...plain(184, 184, 184)],
      [104, [384, 5, 3], ...flat(280, 280, 344)],
    ],
  },
  a1: {
    stem: 16,
    groups: [
      [16, ...flat(40), ...plain(40)],
      [40, ...plain(96, 120, 96, 96)],
      [64, [216, 5, 3], ...plain(128, 216, 168, 216)],
      [64, [216, 5, 3], ...plain(216, 216, 128), ...flat(128), ...plain(216)],
      [136, [456, 5, 3], ...flat(360, 360, 360, 456), ...plain(456), [544, 1, 3]],
    ],
  },
  a2: {
    stem: 16,
    groups: [
      [16, ...flat(40), ...plain(40, 64)],
      [40, ...plain(96, 120, 96, 96, 120)],
      [72, [240, 5, 3], ...plain(160, 240, 192, 240)],
      [72, [240, 5, 3], ...plain(240, 240, 240), ...flat(144), ...plain(240)],
      [144, [480, 5, 3], ...flat(384, 384, 480, 480), ...plain(480), [576, 1, 3]],
    ],
  },
} as const satisfies Readonly<Record<string, Variant>>;

/**
 * MoViNet: `[N, C, T, H, W]` to `[N, 104, T, H/32, W/32]` (136 of A1, 144 of A2) in stages `stem`, `res2` … `res5`, of
 * which res4 has the blocks 4 and 5 of the paper. Nothing in it changes T. Its head is `expansionHead` with
 * `style: 'movinet'`. Padding is the same on both sides, as in PyTorch, and the factor that starts each block at nothing
 * is the scale of its last norm: TensorFlow's weights have neither, and are not read. Throws {@link SpecError} for an
 * unknown variant.
 *
 * @example
 * const fast = movinet({ variant: 'a0' });
 */
export function movinet(options: MovinetOptions = {}): ResnetBackbone {
  checkArguments('movinet', { options: [options, 'object'] });

  const { variant = 'a0' } = options;
  if (!Object.hasOwn(VARIANTS, variant)) {
    throw new SpecError({
      site: 'movinet.variant',
      expected: `one of ${Object.keys(VARIANTS).join(', ')}`,
      received: `'${String(variant)}'`,
    });
  }
  const { stem, groups }: Variant = VARIANTS[variant];
  const [second, third, fourth, fifth, sixth] = groups;
  return {
    stages: [
      {
        name: 'stem',
        build: (g, x) =>
          normalised(g, g.conv3d(x, { channels: stem, kernel: [1, 3, 3], stride: [1, 2, 2] })),
      },
      stage('res2', [second, 2]),
      stage('res3', [third, 2]),
      stage('res4', [fourth, 2], [fifth, 1]),
      stage('res5', [sixth, 2]),
    ],
  };
}

function stage<S extends ResidualStage>(
  name: S,
  ...groups: readonly (readonly [Group, stride: number])[]
): Stage<S> {
  const blocks = groups.flatMap(([[channels, ...all], stride]) =>
    all.map((block, i) => ({ channels, block, stride: i === 0 ? stride : 1 })),
  );
  return {
    name,
    blocks: { scopes: blocks.map((_, i) => `${i}`), beside: ['shortcut', 'squeeze'] },
    build: (g, x) =>
      blocks.reduce(
        (value, { channels, block, stride }, i) =>
          inverted(g.scope(`${i}`), value, block, channels, stride),
        x,
      ),
  };
}

/** Wide inside, narrow between blocks: 1×1×1, depthwise, squeeze-and-excitation, 1×1×1; the sum has no activation. */
function inverted(
  g: GraphBuilder,
  x: Value,
  [inner, frames, side]: Block,
  channels: number,
  stride: number,
): Value {
  const [a, b, c] = [g.scope('a'), g.scope('b'), g.scope('c')] as const;
  const wide = normalised(a, a.conv3d(x, { channels: inner, kernel: [1, 1, 1] }));
  const depthwise = b.conv3d(wide, {
    channels: inner,
    kernel: [frames, side, side],
    stride: [1, stride, stride],
    groups: inner,
  });
  const excited = squeezeExcitation(
    g.scope('squeeze'),
    normalised(b, depthwise),
    multipleOfEight(inner / 4),
    'silu',
  );
  const narrow = c.conv3d(excited, { channels, kernel: [1, 1, 1] });
  return g.add(
    shortcut(g.scope('shortcut'), x, channels, stride),
    c.batchNorm(narrow, { initialScale: 0 }),
  );
}

const normalised = (g: GraphBuilder, x: Value): Value => g.activation(g.batchNorm(x), 'silu');

/** Means of 3×3 where the size changes, then a 1×1×1 convolution with batch norm where size or channels do. */
function shortcut(g: GraphBuilder, x: Value, channels: number, stride: number): Value {
  if (stride === 1 && g.channelsOf(x) === channels) return x;
  const small = stride === 1 ? x : g.avgPool3d(x, [1, 3, 3], [1, stride, stride], [0, 1, 1]);
  return g.batchNorm(g.conv3d(small, { channels, kernel: [1, 1, 1] }));
}
