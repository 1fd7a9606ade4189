/** @file α, read from the values that a lateral connection joins: it is no setting of any connection. */
import { checkArguments } from '@slowfast/core';
import type { GraphBuilder, Value } from '@slowfast/core';

/**
 * α = T of `from` over T of `to` (paper, section 3.2), after checking that it is whole and that H and W
 * are equal. Throws ShapeError otherwise.
 */
export function temporalRatio(g: GraphBuilder, from: Value, to: Value): number {
  checkArguments('temporalRatio', { g: [g, 'object'], from: [from, 'object'], to: [to, 'object'] });

  const ratio = frameRatio(g, from, to);
  const [spatialFrom, spatialTo] = [from, to].map(({ type }) => type.shape.slice(3));
  if (spatialFrom!.join() !== spatialTo!.join()) {
    g.fail(
      `H × W of ${g.labelOf(from)} to be ${spatialTo!.join(' × ')} as of ${g.labelOf(to)}`,
      spatialFrom!.join(' × '),
      'Join stages of equal spatial stride, and give both pathways the same input size',
    );
  }
  return ratio;
}

/** α of two values, whatever their height and width. Throws ShapeError, with the builder's site, where it is no whole number. */
export function frameRatio(g: GraphBuilder, from: Value, to: Value): number {
  const [tFrom, tTo] = [from.type.shape[2], to.type.shape[2]];
  if (typeof tFrom !== 'number' || typeof tTo !== 'number') {
    return g.fail(`known T of ${g.labelOf(from)} and ${g.labelOf(to)}`, `${tFrom} and ${tTo}`);
  }
  const ratio = tFrom / tTo;
  if (!Number.isInteger(ratio)) {
    g.fail(
      `T of ${g.labelOf(from)} to be a multiple of T = ${tTo} of ${g.labelOf(to)}`,
      `T = ${tFrom} (α = ${ratio.toFixed(2)})`,
    );
  }
  return ratio;
}
