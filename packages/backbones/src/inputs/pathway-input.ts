/** @file What a pathway sees of the clip, as the first operations of its network (paper, Table 5c). */
import { checkArguments } from '@slowfast/core';
import type { Backbone, GraphBuilder, Stage, Value } from '@slowfast/core';

/** Turns the normalised clip into what a backbone takes. It is part of the graph, so it is exported with it. */
export interface PathwayInput {
  /** What it is called: `grey`. */
  readonly kind: string;
  /** `[N, C, T, H, W]` to `[N, C', T, H', W']`; report a mismatch with `g.fail(expected, received)`. */
  transform(g: GraphBuilder, clip: Value): Value;
}

/**
 * A backbone that sees the clip through an input transform. Its stages and the names of its parameters stay as they
 * are.
 *
 * @example
 * const fast = withInput(grey(), resnet({ depth: 50, temporalKernels: fastPlan, width: 8 }));
 */
export function withInput<const B extends Backbone>(input: PathwayInput, backbone: B): B {
  checkArguments('withInput', { input: [input, 'object'], backbone: [backbone, 'object'] });

  const [first, ...rest] = backbone.stages as readonly Stage[];
  if (!first) return backbone;
  const stage: Stage = {
    ...first,
    build: (g, clip) => first.build(g, input.transform(g.scope('input'), clip)),
  };
  // One stage in the place of one of the same name.
  return { ...backbone, stages: [stage, ...rest] } as Backbone as B;
}
