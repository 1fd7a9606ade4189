import { checkArguments } from '@slowfast/core';
import type { Dim, GraphBuilder, Triple, Value } from '@slowfast/core';

/** How a non-local block weighs positions against each other. */
export interface NonLocalOptions {
  /**
   * `softmax`: embedded Gaussian, `softmax(θᵀφ / √inner)`, as in the zoo's I3D;
   * `softmax-unscaled`: without the root, as in mmaction2's I3D; `dot-product`: `θᵀφ / positions`, as in the
   * zoo's SlowFast; `gaussian`: `softmax(xᵀx)` over all C channels, without θ and φ.
   */
  readonly similarity: 'softmax' | 'softmax-unscaled' | 'dot-product' | 'gaussian';
  /** Window of the maximum over T, H, W of keys and values, or `none`. Default 1×2×2. */
  readonly pool?: Triple | 'none';
  /** What the maximum is of: what keys and values are made of (default), or, in mmaction2, what was made. */
  readonly poolOf?: 'features' | 'embeddings';
}

const DEFAULTS = { pool: [1, 2, 2], poolOf: 'features' } as const satisfies Omit<
  Required<NonLocalOptions>,
  'similarity'
>;

/**
 * Adds a non-local block (Wang et al. 2018, Figure 2): every position is joined by what it finds in all
 * others. `[N, C, T, H, W]` to the same shape, through C/2 channels. T, H and W have to be known.
 * The pooling has no parameters: weights trained with another window load and give wrong scores.
 */
export function nonLocalBlock(g: GraphBuilder, x: Value, options: NonLocalOptions): Value {
  checkArguments('nonLocalBlock', {
    g: [g, 'object'],
    x: [x, 'object'],
    options: [options, 'object'],
  });

  const { similarity, pool, poolOf } = { ...DEFAULTS, ...options };
  const channels = g.channelsOf(x);
  const inner = Math.floor(channels / 2);
  const pointwise = { kernel: [1, 1, 1], bias: true } as const;
  const embedding = (of: Value, name: string): Value =>
    g.conv3d(of, { ...pointwise, channels: inner, name });
  const pooled = (value: Value): Value =>
    pool === 'none' ? value : g.maxPool3d(value, pool, pool);
  const isGaussian = similarity === 'gaussian';
  const isEarly = poolOf === 'features';
  const memory = isEarly || isGaussian ? pooled(x) : x;
  const memorised = (name: string): Value =>
    isEarly ? embedding(memory, name) : pooled(embedding(x, name));
  const theta = isGaussian ? x : embedding(x, 'theta');
  const phi = isGaussian ? memory : memorised('phi');
  const value = memorised('g');
  const [queries, keys] = [positionsOf(g, theta), positionsOf(g, phi)];
  const compared = isGaussian ? channels : inner;
  const products = g.matmul(
    g.transpose(g.reshape(theta, ['N', compared, queries]), [0, 2, 1]),
    g.reshape(phi, ['N', compared, keys]),
  );
  const factor = {
    softmax: inner ** -0.5,
    'softmax-unscaled': 1,
    'dot-product': 1 / keys,
    gaussian: 1,
  }[similarity];
  const scaled = factor === 1 ? products : g.emit('scale', [products], { factor });
  const weights = similarity === 'dot-product' ? scaled : g.softmax(scaled, 2);
  const response = g.matmul(weights, g.transpose(g.reshape(value, ['N', inner, keys]), [0, 2, 1]));
  const [batch, , ...extent] = x.type.shape;
  const placed = g.reshape(g.transpose(response, [0, 2, 1]), [batch!, inner, ...extent]);
  const out = g.conv3d(placed, { ...pointwise, channels, name: 'out' });
  return g.add(x, g.batchNorm(out, { initialScale: 0 }));
}

function positionsOf(g: GraphBuilder, x: Value): number {
  return x.type.shape.slice(2).reduce<number>((count: number, dim: Dim) => {
    if (typeof dim === 'number') return count * dim;
    return g.fail('known T, H and W for a non-local block', `[${x.type.shape.join(', ')}]`);
  }, 1);
}
