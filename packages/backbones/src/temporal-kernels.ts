/**
 * @file Which convolutions of a residual network look along time. Published networks of one shape
 * differ in nothing else: Slow, Fast, C2D and I3D are plans, not classes (paper, Table 1).
 */
import { SpecError } from '@slowfast/core';

/** Stages with residual blocks. */
export type ResidualStage = 'res2' | 'res3' | 'res4' | 'res5';

/**
 * Temporal kernel sizes of a stage's blocks, in frames: one size for all; a list, repeated from its
 * start until every block has one; or either for the first `blocks` blocks, with 1 in those after.
 */
export type BlockKernels =
  | number
  | readonly number[]
  | { readonly kernel: number | readonly number[]; readonly blocks: number };

/** Temporal kernel sizes of a whole network, in frames. All are odd, so that no frame is lost. */
export interface TemporalKernelPlan extends Readonly<Record<ResidualStage, BlockKernels>> {
  readonly stem: number;
}

/** The Slow pathway: time is looked at in res4 and res5 only (paper, Table 1). */
export const slowPlan: TemporalKernelPlan = { stem: 1, res2: 1, res3: 1, res4: 3, res5: 3 };

/** The Fast pathway: every block looks along time (paper, Table 1). */
export const fastPlan: TemporalKernelPlan = { stem: 5, res2: 3, res3: 3, res4: 3, res5: 3 };

/** C2D: no convolution looks along time (Wang et al. 2018, Table 1). */
export const c2dPlan: TemporalKernelPlan = { stem: 1, res2: 1, res3: 1, res4: 1, res5: 1 };

/** I3D: every other block looks along time from res3 on (Wang et al. 2018, as PySlowFast has it). */
export const i3dPlan: TemporalKernelPlan = {
  stem: 5,
  res2: 3,
  res3: [3, 1],
  res4: [3, 1],
  res5: [1, 3],
};

/**
 * The temporal kernel size of each of a stage's `count` blocks. Throws {@link SpecError} at `site`
 * when a size is not odd, or the plan names more blocks than there are.
 */
export function blockKernels(plan: BlockKernels, count: number, site: string): readonly number[] {
  const limited = typeof plan === 'object' && 'blocks' in plan;
  const kernel = limited ? plan.kernel : plan;
  const pattern = typeof kernel === 'number' ? [kernel] : kernel;
  const reach = limited ? plan.blocks : count;
  if (pattern.length === 0 || pattern.length > count) {
    throw new SpecError({
      site,
      expected: `kernel sizes for 1 to ${count} blocks`,
      received: `${pattern.length}`,
    });
  }
  if (!Number.isInteger(reach) || reach < 0 || reach > count) {
    throw new SpecError({
      site,
      expected: `a whole number of blocks from 0 to ${count}`,
      received: `${reach}`,
    });
  }
  for (const size of pattern) checkKernel(size, site);
  return Array.from({ length: count }, (_, i) => (i < reach ? pattern[i % pattern.length]! : 1));
}

/** Throws {@link SpecError} at `site` unless the size is odd: an even kernel would lose a frame. */
export function checkKernel(size: number, site: string): void {
  if (Number.isInteger(size) && size >= 1 && size % 2 === 1) return;
  throw new SpecError({
    site,
    expected: 'odd temporal kernel sizes of at least 1',
    received: `${size}`,
  });
}
