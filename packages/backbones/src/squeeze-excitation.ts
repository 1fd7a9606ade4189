import { checkArguments } from '@slowfast/core';
import type { ActivationFunction, GraphBuilder, Value } from '@slowfast/core';

/**
 * Squeeze-and-excitation (Hu et al., CVPR 2018): each channel is scaled by what two 1×1×1 convolutions make of all
 * channels' means, `[N, C, T, H, W]` to the same. `channels`: between the two, where `activation` is.
 */
export function squeezeExcitation(
  g: GraphBuilder,
  x: Value,
  channels: number,
  activation: ActivationFunction = 'relu',
): Value {
  checkArguments('squeezeExcitation', { g: [g, 'object'], x: [x, 'object'] });

  const means = g.mean(x, [2, 3, 4], true);
  const pointwise = { kernel: [1, 1, 1], bias: true } as const;
  const reduced = g.activation(
    g.conv3d(means, { ...pointwise, channels, name: 'reduce' }),
    activation,
  );
  const expanded = g.conv3d(reduced, { ...pointwise, channels: g.channelsOf(x), name: 'expand' });
  return g.emit('mul', [x, g.activation(expanded, 'sigmoid')], {});
}
