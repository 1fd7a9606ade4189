import { checkArguments, type Head, type Value } from '@slowfast/core';
import {
  checkedClassification,
  classScores,
  pooledBy,
  type ClassificationHeadOptions,
} from './classification.js';

/** Options of {@link expansionHead}. */
export interface ExpansionHeadOptions<P extends string> extends Omit<
  ClassificationHeadOptions<P>,
  'pathways'
> {
  /** The pathway that it reads. */
  readonly pathways: readonly [P];
  /** Channels before pooling; X3D has 432. */
  readonly inner: number;
  /** Channels after it; default 2048. */
  readonly hidden?: number;
  /**
   * X3D's has ReLU, and no bias after pooling (default); MoViNet's has swish, and a bias.
   */
  readonly style?: 'x3d' | 'movinet';
}

/**
 * The head of X3D (Feichtenhofer, CVPR 2020): a 1×1×1 convolution with batch norm and ReLU, pooling, a 1×1×1 convolution
 * with ReLU, then what `classificationHead` does; or that of MoViNet, which differs in `style`. `[N, C, T, H, W]` to `scores` `[N, classes]`. Throws as that.
 *
 * @example
 * const head = expansionHead({ pathways: ['slow'], classes: 400, inner: 432 });
 */
export function expansionHead<const P extends string>(
  options: ExpansionHeadOptions<P>,
): Head<P, 'scores'> {
  checkArguments('expansionHead', { options: [options, 'object'] });

  const { inner, hidden = 2048, style = 'x3d', ...classification } = options;
  const isMovinet = style === 'movinet';
  const activation = isMovinet ? 'silu' : 'relu';
  const settings = checkedClassification<P>(classification);
  const [pathway] = options.pathways;
  return {
    pathways: options.pathways,
    build(g, features: Readonly<Record<P, Value>>) {
      const expand = g.scope('expand');
      const wide = expand.conv3d(features[pathway], { channels: inner, kernel: [1, 1, 1] });
      const pooled = pooledBy(
        g,
        expand.activation(expand.batchNorm(wide), activation),
        settings.pool,
      );
      const deep = g.conv3d(pooled, {
        channels: hidden,
        kernel: [1, 1, 1],
        name: 'hidden',
        bias: isMovinet,
      });
      return { scores: classScores(g, g.activation(deep, activation), settings) };
    },
  };
}
