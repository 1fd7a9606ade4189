/** @file Which clips each step of a run takes, and in which shape. */
import { checkArguments } from '@slowfast/core';
import type { ClipShape, GridPhase } from './multigrid.js';

/** What a step takes. */
export interface StepPlan {
  /** Clips of a forward pass. */
  readonly batch: number;
  /** Forward passes whose gradients make the step. */
  readonly passes: number;
  /**
   * The position in the epoch that ends it: shapes go by position, so that a clip that cannot be used makes its step
   * smaller. Without it, the next clips are taken, wherever they are.
   */
  readonly until?: number;
}

/** The steps of an epoch. */
export interface EpochPlan {
  readonly steps: number;
  /** What the step takes, from 0 on. */
  step(index: number): StepPlan;
  /** The shape of the clip at a position; without it, all have their own. */
  readonly shapeAt?: (position: number) => ClipShape;
}

/** The steps of a run. */
export interface RunPlan {
  readonly steps: number;
  /** Most forward passes of any step. */
  readonly passes: number;
  /** The steps of an epoch, from 0 on. */
  epoch(epoch: number): EpochPlan;
  /** Steps of the epochs before. */
  stepsBefore(epoch: number): number;
}

/** Options of {@link runPlan}. */
export interface RunPlanOptions {
  /** Clips of an epoch. */
  readonly length: number;
  readonly epochs: number;
  /** Clips of a forward pass. */
  readonly batch: number;
  /** Forward passes of a step; default 1. */
  readonly accumulate?: number;
  /** Of multigrid training. */
  readonly phases?: readonly GridPhase[];
}

/** The steps of a run; clips that do not fill one at the end of an epoch are left out, unless it has no other. */
export function runPlan(options: RunPlanOptions): RunPlan {
  checkArguments('runPlan', { options: [options, 'object'] });
  const { length, epochs, batch, accumulate = 1, phases = [] } = options;
  if (phases.length === 0) {
    const steps = Math.max(1, Math.floor(length / (batch * accumulate)));
    const plan = { steps, step: () => ({ batch, passes: accumulate }) };
    return {
      steps: epochs * steps,
      passes: accumulate,
      epoch: () => plan,
      stepsBefore: (epoch) => epoch * steps,
    };
  }
  const plans = phases.map((phase) => phasePlan(phase, { length, batch, passes: accumulate }));
  const stepsBefore = (epoch: number): number =>
    phases.reduce((sum, { until }, i) => {
      const from = phases[i - 1]?.until ?? 0;
      return sum + Math.max(0, Math.min(until, epoch) - from) * plans[i]!.steps;
    }, 0);
  return {
    steps: stepsBefore(epochs),
    passes: accumulate * Math.max(...phases.map((phase) => phase.batch)),
    epoch: (epoch) => plans[phases.findIndex(({ until }) => epoch < until)] ?? plans.at(-1)!,
    stepsBefore,
  };
}

function phasePlan(
  phase: GridPhase,
  { length, batch, passes }: { length: number; batch: number; passes: number },
): EpochPlan {
  const { shapes } = phase;
  const own = passes * phase.batch;
  const steps: Required<StepPlan>[] = [];
  for (let until = 0; ;) {
    const clips = batch * shapes[steps.length % shapes.length]!.clips;
    until += clips * own;
    if (until > length) break;
    steps.push({ batch: clips, passes: own, until });
  }
  if (steps.length === 0) {
    steps.push({ batch: batch * shapes[0]!.clips, passes: own, until: length });
  }
  // Clips after the last step are made ahead, too.
  const indexAt = (position: number): number => {
    const index = steps.findIndex(({ until }) => position < until);
    return index < 0 ? steps.length : index;
  };
  return {
    steps: steps.length,
    step: (index) => steps[index]!,
    shapeAt: (position) => shapes[indexAt(position) % shapes.length]!,
  };
}
