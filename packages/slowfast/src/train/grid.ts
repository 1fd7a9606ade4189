/** @file Multigrid training as a configuration asks for it: its steps, and the network for each extent of its clips. */
import { sidesOf, SpecError } from '@slowfast/core';
import { networkFromConfig, type ConfiguredNetwork } from '@slowfast/models';
import {
  multigrid,
  runPlan,
  type ClipShape,
  type Multigrid,
  type TrainingConfig,
} from '@slowfast/training';
import { defined } from '../defined.js';
import type { GridPlan } from './run-types.js';

/** Multigrid training with the network for each of its extents but that of the configuration. */
export interface Grid extends Multigrid {
  readonly networks: readonly ConfiguredNetwork[];
}

const shapeOf = ({ data }: Pick<TrainingConfig, 'data'>): ClipShape => ({
  frames: data.frames,
  size: sidesOf(data.size),
});

const keyOf = ({ frames, size }: ClipShape): string => [frames, ...size].join('x');

/** Nothing where the configuration has none. Throws {@link SpecError} for what does not go with it. */
export function gridOf(
  config: TrainingConfig,
  classes: number,
  { preprocessing }: Pick<ConfiguredNetwork, 'preprocessing'>,
): Grid | undefined {
  const { multigrid: kind, epochFactor, probe, epochs, schedule } = config.train;
  if (kind === undefined) {
    if (epochFactor === undefined) return undefined;
    const site = 'train.epochFactor';
    throw new SpecError({ site, expected: 'train.multigrid beside it', received: 'none' });
  }
  if (probe !== undefined) {
    const expected = 'nothing, since a probe sees features of whole clips';
    throw new SpecError({ site: 'train.multigrid', expected, received: kind });
  }
  if (preprocessing.sound) {
    const expected = 'nothing, since sound is that of whole clips';
    throw new SpecError({ site: 'train.multigrid', expected, received: kind });
  }
  const own = shapeOf(config);
  const grid = multigrid({ ...own, kind, epochs, schedule, ...defined({ epochFactor }) });
  const shapes = grid.phases.flatMap((phase) => phase.shapes);
  const others = new Map(shapes.map((shape) => [keyOf(shape), shape]));
  others.delete(keyOf(own));
  return {
    ...grid,
    networks: [...others.values()].map((shape) => network(config, shape, classes)),
  };
}

function network(config: TrainingConfig, { frames, size }: ClipShape, classes: number) {
  const side = typeof config.data.size === 'number' ? size[0] : size;
  try {
    return networkFromConfig({ ...config, data: { ...config.data, frames, size: side } }, classes);
  } catch (cause) {
    if (!(cause instanceof SpecError)) throw cause;
    throw new SpecError({
      site: 'train.multigrid',
      expected: `a network for clips of ${frames} frames of ${size.join('x')}, too`,
      received: cause.message.replace(/\.$/, ''),
      remedy:
        'Choose data.frames of which a quarter still is a multiple of model.alpha, or multigrid: short',
      cause,
    });
  }
}

/** What a run of so many clips takes; without multigrid it would take as much as its epochs are of whole clips. */
export function gridPlan(
  config: TrainingConfig,
  { phases, epochs }: Grid,
  { length, batch, accumulate = 1 }: { length: number; batch: number; accumulate?: number },
): GridPlan {
  const own = shapeOf(config);
  const plan = runPlan({ length, epochs, batch, accumulate, phases });
  const plain = runPlan({ length, epochs: config.train.epochs, batch, accumulate });
  const numbers = ({ frames, size }: ClipShape): number => frames * size[0] * size[1];
  // In steps of the configuration.
  const workOf = (epoch: number): number => {
    const { steps, step, shapeAt } = plan.epoch(epoch);
    let work = 0;
    for (let i = 0; i < steps; i++) {
      const { batch: clips, passes, until = length } = step(i);
      work += (clips * passes * numbers(shapeAt!(until - 1))) / (batch * accumulate * numbers(own));
    }
    return work;
  };
  let work = 0;
  const rows = phases.map(({ until, batch: passes, shapes }, i) => {
    const from = phases[i - 1]?.until ?? 0;
    work += (until - from) * workOf(from);
    return {
      ...{ from, until, frames: shapes[0]!.frames },
      stepsPerEpoch: plan.epoch(from).steps,
      shapes: shapes.map(({ size, clips }) => ({
        size,
        clips: clips * batch * accumulate * passes,
      })),
    };
  });
  return {
    ...{ phases: rows, steps: plan.steps, plainSteps: plain.steps, wholeSteps: work },
    speedUp: plain.steps / work,
  };
}
