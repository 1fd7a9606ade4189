import { checkArguments } from '@slowfast/core';
import type { GraphBuilder, LateralConnection, Value } from '@slowfast/core';

/**
 * A lateral connection from a pathway of lower spatial resolution: what `via` makes of it is repeated along H and W
 * (nearest neighbour) until it has the size of `to`, which has to be a multiple. No parameters of its own.
 *
 * @example
 * const lateral = { from: 'fast', to: 'slow', after: ['stem', 'res2'], via: spatialUpsample(timeStridedConv()) };
 */
export function spatialUpsample(via: LateralConnection): LateralConnection {
  checkArguments('spatialUpsample', { via: [via, 'object'] });

  return {
    kind: `${via.kind}, upsampled`,
    transform(g: GraphBuilder, from: Value, to: Value): Value {
      const [height, width] = from.type.shape.slice(3);
      const small: Value = {
        name: to.name,
        type: { ...to.type, shape: [...to.type.shape.slice(0, 3), height!, width!] },
      };
      g.label(small, g.labelOf(to));
      return [3, 4].reduce(
        (value, axis) => repeated(g, value, to, axis),
        via.transform(g, from, small),
      );
    },
  };
}

function repeated(g: GraphBuilder, value: Value, to: Value, axis: number): Value {
  const [size, target] = [value.type.shape[axis], to.type.shape[axis]];
  if (size === target) return value;
  if (typeof size !== 'number' || typeof target !== 'number' || target % size !== 0) {
    return g.fail(
      `${'NCTHW'[axis]} = ${target} of ${g.labelOf(to)} to be a multiple of the other pathway's`,
      `${size}`,
      'Choose an input size that both pathways halve evenly',
    );
  }
  const indices = Array.from({ length: target }, (_, i) => Math.floor((i * size) / target));
  return g.emit('gather', [value], { axis, indices });
}
