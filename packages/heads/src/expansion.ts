import { checkArguments, type Head, type Value } from '@slowfast/core';
import { classificationHead, type ClassificationHeadOptions } from './classification.js';

/** Options of {@link expansionHead}. */
export interface ExpansionHeadOptions<P extends string> extends Omit<
  ClassificationHeadOptions<P>,
  'pathways' | 'pool'
> {
  /** The pathway that it reads. */
  readonly pathways: readonly [P];
  /** Channels before the mean over T, H and W; X3D-S and -M have 432. */
  readonly inner: number;
  /** Channels after it; default 2048. */
  readonly hidden?: number;
}

/**
 * The head of X3D (Feichtenhofer, CVPR 2020): a 1×1×1 convolution with batch norm and ReLU, the mean over T, H and W, a
 * 1×1×1 convolution with ReLU, then `classificationHead`. `[N, C, T, H, W]` to `scores` `[N, classes]`. Throws as that.
 *
 * @example
 * const head = expansionHead({ pathways: ['slow'], classes: 400, inner: 432 });
 */
export function expansionHead<const P extends string>(
  options: ExpansionHeadOptions<P>,
): Head<P, 'scores'> {
  checkArguments('expansionHead', { options: [options, 'object'] });

  const { inner, hidden = 2048, ...classification } = options;
  const { build } = classificationHead<P>(classification);
  const [pathway] = options.pathways;
  return {
    pathways: options.pathways,
    build(g, features: Readonly<Record<P, Value>>) {
      const expand = g.scope('expand');
      const wide = expand.conv3d(features[pathway], { channels: inner, kernel: [1, 1, 1] });
      const means = g.mean(expand.relu(expand.batchNorm(wide)), [2, 3, 4], true);
      const deep = g.conv3d(means, { channels: hidden, kernel: [1, 1, 1], name: 'hidden' });
      return build(g, { [pathway]: g.relu(deep) } as Record<P, Value>);
    },
  };
}
