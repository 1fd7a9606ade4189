/**
 * @file The Audio pathway (Xiao et al., Audiovisual SlowFast Networks for Video Recognition, 2020): a residual network over
 * spectrograms `[N, 1, T, 1, frequency]`, as PyTorchVideo has it.
 */
import { checkArguments } from '@slowfast/core';
import type { GraphBuilder, Stage, Value } from '@slowfast/core';
import { bottleneckAround } from './bottleneck.js';
import { resnet, type ResnetBackbone, type ResnetOptions } from './resnet.js';
import type { BlockKind } from './residual.js';
import { c2dPlan } from './temporal-kernels.js';

/** Options of {@link audioResnet}. */
export type AudioResnetOptions = Partial<Pick<ResnetOptions, 'depth' | 'width'>>;

/** A bottleneck whose middle sums a convolution along frequency and one along time, each with norm and ReLU. */
export const acousticBottleneck: BlockKind = bottleneckAround(
  'acoustic bottleneck',
  (g, x, { width, stride }) => {
    const along = (axis: 'frequency' | 'time'): Value => {
      const scope = g.scope(axis);
      const convolved = scope.conv3d(x, {
        channels: width,
        kernel: axis === 'time' ? [3, 1, 1] : [1, 1, 3],
        stride: [1, 1, stride],
      });
      return scope.relu(scope.batchNorm(convolved));
    };
    return g.add(along('frequency'), along('time'));
  },
  { strideAt: 'a' },
);

/** A bottleneck whose middle looks along time and frequency at once. */
const spectralBottleneck: BlockKind = bottleneckAround(
  'spectral bottleneck',
  (g, x, { width, stride }) => {
    const convolved = g.conv3d(x, {
      channels: width,
      kernel: [3, 1, 3],
      stride: [1, 1, stride],
    });
    return g.relu(g.batchNorm(convolved));
  },
  { strideAt: 'a' },
);

/**
 * A residual network over spectrograms: `[N, 1, T, 1, F]` to `[N, 32·width, T/8, 1, F/8]` in stages `stem`, `res2` … `res5`.
 * The stem sums convolutions of 9 along time and along frequency at stride 1; res2 and res3 have separable blocks, res3 to
 * res5 halve both axes. Defaults: depth 50, width 32 (β of 1/2). Throws as `resnet`.
 *
 * @example
 * const audio = audioResnet({ depth: 50, width: 64 / 2 });
 */
export function audioResnet(options: AudioResnetOptions = {}): ResnetBackbone {
  checkArguments('audioResnet', { options: [options, 'object'] });

  const { depth = 50, width = 32 } = options;
  const stagesOf = (block: BlockKind): ResnetBackbone['stages'] =>
    resnet({
      ...{ depth, width, block, temporalKernels: c2dPlan },
      temporalStrides: { res3: 2, res4: 2, res5: 2 },
    }).stages;
  const [, res2, res3] = stagesOf(acousticBottleneck);
  const [, , , res4, res5] = stagesOf(spectralBottleneck);
  return { stages: [acousticStem(width), res2, res3, res4, res5] };
}

function acousticStem(channels: number): Stage<'stem'> {
  return {
    name: 'stem',
    build(g: GraphBuilder, x: Value): Value {
      const time = g.conv3d(x, { channels, kernel: [9, 1, 1], name: 'time' });
      const frequency = g.conv3d(x, { channels, kernel: [1, 1, 9], name: 'frequency' });
      return g.relu(g.batchNorm(g.add(time, frequency)));
    },
  };
}
