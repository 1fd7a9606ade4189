/** @file Operations that move elements without computing. */
import { RuntimeError, type Dim, type LoweringTable } from '@slowfast/core';
import type { LoweringContext } from './context.js';
import { axisOf, inOrder, placed, reshaped, type Placed } from './placed.js';
import { concatAxis, gatherAxis, sliceAxis } from './rearrange.js';

type Table = LoweringTable<LoweringContext, Placed>;

/** All in the order of the first. */
export const concat: Table['concat'] = ({ attrs }, inputs) => {
  const { order } = inputs[0]!;
  const tensors = inputs.map((input) => inOrder(input, order));
  return placed(concatAxis(tensors, order.indexOf(attrs.axis)), order);
};

/** Along the axis where it lies. */
export const slice: Table['slice'] = ({ attrs }, [x]) => {
  const { start, stop, step } = attrs;
  return placed(sliceAxis(x!.tensor, axisOf(x!, attrs.axis), start, stop, step), x!.order);
};

/** Along the axis where it lies. */
export const gather: Table['gather'] = ({ attrs }, [x]) =>
  placed(gatherAxis(x!.tensor, axisOf(x!, attrs.axis), attrs.indices), x!.order);

/** The same elements with other names of their axes. */
export const transpose: Table['transpose'] = ({ attrs }, [x]) =>
  placed(
    x!.tensor,
    x!.order.map((axis) => attrs.perm.indexOf(axis)),
  );

/** Symbolic dimensions take the sizes of this run. */
export const reshape: Table['reshape'] = ({ name, attrs }, [x], { sizes }) =>
  reshaped(
    x!,
    attrs.shape.map((dim) => sizeOfDim(name, dim, sizes)),
  );

function sizeOfDim(node: string, dim: Dim, sizes: ReadonlyMap<string, number>): number {
  const size = typeof dim === 'number' ? dim : sizes.get(dim);
  if (size !== undefined) return size;
  throw new RuntimeError({
    site: node,
    expected: 'symbolic dimensions that an input has',
    received: `${dim}`,
    remedy: 'Compile the model with fixed sizes but for the number of clips',
  });
}
