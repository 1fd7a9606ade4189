/**
 * @file Follows axes through a reshape. Dimensions of both shapes are grouped so that each group of
 * the one holds as many elements as the group of the other at its place; elements never leave a group.
 */
import type { Dim, Value } from '../ir/types.js';
import type { AxisField, Extent } from './field.js';

/** Where the axes of a reshaped value come from. */
export interface ReshapedAxes {
  readonly axes: readonly (AxisField | null)[];
  /** By how much the receptive field grows, since elements of a group now share a position. */
  readonly widened: Extent;
}

/** The axes of a reshape's output, given those of its input. */
export function reshapedAxes(
  axes: readonly (AxisField | null)[],
  from: Value,
  to: Value,
): ReshapedAxes {
  const after: (AxisField | null)[] = to.type.shape.map(() => null);
  const widened = { t: 0, h: 0, w: 0 };
  for (const { before, now } of groups(from.type.shape, to.type.shape)) {
    const [only, ...others] = before;
    const field = only === undefined ? null : axes[only];
    // An axis that is merged with another cannot be followed.
    if (!field || others.length > 0) continue;
    const [outer, ...inner] = now;
    if (outer === undefined) continue;
    const together = inner.reduce((size, axis) => size * (to.type.shape[axis] as number), 1);
    after[outer] = { along: field.along, stride: field.stride * together };
    widened[field.along] += (together - 1) * field.stride;
  }
  return { axes: after, widened };
}

interface Group {
  readonly before: readonly number[];
  readonly now: readonly number[];
}

/** Smallest groups of axes with equal element counts; a symbolic dimension matches its own name only. */
function groups(from: readonly Dim[], to: readonly Dim[]): readonly Group[] {
  const axisGroups: Group[] = [];
  let [i, j] = [0, 0];
  while (i < from.length || j < to.length) {
    if (i < from.length && from[i] === to[j]) {
      axisGroups.push({ before: [i++], now: [j++] });
      continue;
    }
    const before: number[] = [];
    const now: number[] = [];
    let [left, right] = [1, 1];
    const takeLeft = (): void => void ((left *= numeric(from[i])), before.push(i++));
    const takeRight = (): void => void ((right *= numeric(to[j])), now.push(j++));
    if (i < from.length) takeLeft();
    if (j < to.length) takeRight();
    while (left !== right && (i < from.length || j < to.length)) {
      if ((left < right && i < from.length) || j >= to.length) takeLeft();
      else takeRight();
    }
    axisGroups.push({ before, now });
  }
  return axisGroups;
}

/** Symbols that are not matched by name spoil the grouping: NaN takes everything into one group. */
const numeric = (dim: Dim | undefined): number => (typeof dim === 'number' ? dim : NaN);
