import { checkArguments } from '@slowfast/core';
import type { Dim, GraphBuilder, Triple, Value } from '@slowfast/core';

/** How a non-local block weighs positions against each other. */
export interface NonLocalOptions {
  /**
   * `softmax`: embedded Gaussian, `softmax(θᵀφ / √inner)`, as in the zoo's I3D;
   * `softmax-unscaled`: without the root, as in mmaction2's I3D; `dot-product`: `θᵀφ / positions`, as in the
   * zoo's SlowFast.
   */
  readonly similarity: 'softmax' | 'softmax-unscaled' | 'dot-product';
  /** Window of the maximum over T, H, W before keys and values, or `none`. Default 1×2×2. */
  readonly pool?: Triple | 'none';
}

const DEFAULTS = { pool: [1, 2, 2] } as const satisfies Pick<Required<NonLocalOptions>, 'pool'>;

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

  const { similarity, pool } = { ...DEFAULTS, ...options };
  const channels = g.channelsOf(x);
  const inner = Math.floor(channels / 2);
  const pointwise = { kernel: [1, 1, 1], bias: true } as const;
  const memory = pool === 'none' ? x : g.maxPool3d(x, pool, pool);
  const theta = g.conv3d(x, { ...pointwise, channels: inner, name: 'theta' });
  const phi = g.conv3d(memory, { ...pointwise, channels: inner, name: 'phi' });
  const value = g.conv3d(memory, { ...pointwise, channels: inner, name: 'g' });
  const [queries, keys] = [positionsOf(g, theta), positionsOf(g, phi)];
  const products = g.matmul(
    g.transpose(g.reshape(theta, ['N', inner, queries]), [0, 2, 1]),
    g.reshape(phi, ['N', inner, keys]),
  );
  const factor = { softmax: inner ** -0.5, 'softmax-unscaled': 1, 'dot-product': 1 / keys }[
    similarity
  ];
  const scaled = factor === 1 ? products : g.emit('scale', [products], { factor });
  const weights = similarity === 'dot-product' ? scaled : g.softmax(scaled, 2);
  const response = g.matmul(weights, g.transpose(g.reshape(value, ['N', inner, keys]), [0, 2, 1]));
  const placed = g.reshape(g.transpose(response, [0, 2, 1]), theta.type.shape);
  const out = g.conv3d(placed, { ...pointwise, channels, name: 'out' });
  return g.add(x, g.batchNorm(out, { initialScale: 0 }));
}

function positionsOf(g: GraphBuilder, x: Value): number {
  return x.type.shape.slice(2).reduce<number>((count: number, dim: Dim) => {
    if (typeof dim === 'number') return count * dim;
    return g.fail('known T, H and W for a non-local block', `[${x.type.shape.join(', ')}]`);
  }, 1);
}
