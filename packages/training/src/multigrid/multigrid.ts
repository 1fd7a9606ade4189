/**
 * @file Multigrid training (Wu et al. 2020): many clips that are short and small, later fewer that are long and large, at
 * about the same arithmetic a step. Shapes, epochs and rates are those that PySlowFast derives from the same settings.
 */
import { checkArguments, SpecError } from '@slowfast/core';
import { scheduleOf, type Schedule, type ScheduleOptions } from '../schedule.js';

/** What changes: clip and batch with the epochs, crop and batch from step to step, or both. */
export type MultigridKind = 'long' | 'short' | 'both';

/** Extent of a clip. */
export interface ClipShape {
  readonly frames: number;
  /** Pixels of the crop. */
  readonly size: readonly [height: number, width: number];
}

/** What a step sees. */
export interface GridShape extends ClipShape {
  /** Factor on the clips of a forward pass, over which batch norm takes its statistics. */
  readonly clips: number;
}

/** Epochs of one long-cycle shape. */
export interface GridPhase {
  /** The first epoch after it. */
  readonly until: number;
  /** Factor on the forward passes of a step, and on the learning rate where it follows the batch. */
  readonly batch: number;
  /** Shapes of the steps of an epoch, taken in turns; the last is the phase's own. */
  readonly shapes: readonly GridShape[];
}

/** A whole run. */
export interface Multigrid {
  readonly epochs: number;
  readonly schedule: Schedule;
  /** In their order; none is empty. */
  readonly phases: readonly GridPhase[];
}

/** What a run would be without it. */
export interface MultigridOptions extends ClipShape {
  readonly kind: MultigridKind;
  readonly epochs: number;
  /** Long cycles need `step`: one cycle for each rate, and the last rate for fine-tuning. */
  readonly schedule: ScheduleOptions;
  /** Epochs over those without multigrid, which take fewer steps; default 1.5. */
  readonly epochFactor?: number;
}

/** Frames and side over those of the recipe. */
const LONG_CYCLE = [
  [0.25, Math.SQRT1_2],
  [0.5, Math.SQRT1_2],
  [0.5, 1],
  [1, 1],
] as const;

/** Sides over that of the recipe, before the phase's own. */
const SHORT_CYCLE = [0.5, Math.SQRT1_2] as const;

/**
 * The phases, epochs and learning rate of a run. Throws {@link SpecError} for long cycles without steps of the learning
 * rate, and for clips that are too short or small to be divided.
 *
 * @example
 * multigrid({ kind: 'both', epochs: 239, frames: 32, size: [224, 224],
 *   schedule: { kind: 'step', lr: 0.1, steps: [94, 154, 196] } }).phases[0];
 * // { until: 73, batch: 8, shapes: [twice the clips at 112², then 158², and again] }, of 8 frames
 */
export function multigrid(options: MultigridOptions): Multigrid {
  checkArguments('multigrid', { options: [options, 'object'] });
  const { frames, size, kind } = options;
  if (frames < 4 || Math.min(...size) < 4) {
    throw new SpecError({
      site: 'multigrid',
      expected: 'clips of at least 4 frames of 4x4',
      received: `${frames} of ${size.join('x')}`,
    });
  }
  return kind === 'short' ? shortCycle(options) : longCycle(options);
}

function shortCycle(options: MultigridOptions): Multigrid {
  const { schedule, epochFactor = 1.5 } = options;
  const epochs = Math.max(1, Math.trunc(options.epochs * epochFactor));
  const steps = schedule.steps?.map((step) => Math.trunc(step * epochFactor));
  return {
    epochs,
    schedule: scheduleOf({ ...schedule, ...(steps ? { steps } : {}) }, epochs),
    phases: [{ until: epochs, batch: 1, shapes: stepShapes(options, options) }],
  };
}

function longCycle(options: MultigridOptions): Multigrid {
  const { schedule, epochFactor = 1.5, epochs: all } = options;
  const { steps = [], factor = 0.1, rates } = schedule;
  const last = steps.at(-1) ?? 0;
  if (schedule.kind !== 'step' || rates || last <= 0 || last >= all) {
    throw new SpecError({
      site: 'multigrid',
      expected: `a schedule of kind step with a factor and steps before epoch ${all}: a long cycle for each rate`,
      received: `${schedule.kind ?? 'cosine'} with ${rates ? 'rates' : `steps [${steps.join(', ')}]`}`,
      remedy: 'Set train.schedule.kind and steps, or take the short cycle, which goes with any',
    });
  }
  const cycle = LONG_CYCLE.map(([t, s]) => longShape(options, t, s));
  const clips = cycle.reduce((sum, { meanBatch }) => sum + meanBatch, 0);
  const parts: { shape: LongShape; rate: number; epochs: number }[] = [];
  let iterations = 0;
  [0, ...steps].slice(0, -1).forEach((from, i) => {
    for (const shape of cycle) {
      const own = ((steps[i]! - from) * shape.meanBatch) / clips;
      iterations += own / shape.meanBatch;
      parts.push({ shape, rate: factor ** i, epochs: own });
    }
  });
  // Fine-tuning saves as many iterations as what comes before it.
  const final = cycle.at(-1)!;
  const tuning = (((all - last) * iterations) / last) * final.meanBatch;
  parts.push({ shape: final, rate: factor ** steps.length, epochs: tuning });
  const stretch = (all * epochFactor) / parts.reduce((sum, { epochs }) => sum + epochs, 0);
  let end = 0;
  const ends = parts.map(({ epochs }) => rounded((end += epochs * stretch)));
  return {
    epochs: ends.at(-1)!,
    schedule: longSchedule(options, parts, ends),
    phases: parts
      .map(({ shape: { batch, shape } }, i) => {
        return { until: ends[i]!, batch, shapes: stepShapes(options, shape) };
      })
      .filter(({ until }, i) => until > (ends[i - 1] ?? 0)),
  };
}

/** Rates follow the batch; the first half of fine-tuning still has the rate before it. */
function longSchedule(
  { schedule }: MultigridOptions,
  parts: readonly { readonly shape: LongShape; readonly rate: number }[],
  ends: readonly number[],
): Schedule {
  const rates = parts.map(({ shape, rate }) => shape.batch * rate);
  const [from, to] = ends.slice(-2) as [number, number];
  const { lr, warmupEpochs, warmupLr } = schedule;
  return scheduleOf(
    {
      ...{ kind: 'step', lr },
      steps: [...ends.slice(0, -1), Math.floor((from + to) / 2)],
      rates: [...rates.slice(0, -1), rates.at(-2)!, rates.at(-1)!],
      ...(warmupEpochs === undefined ? {} : { warmupEpochs }),
      ...(warmupLr === undefined ? {} : { warmupLr }),
    },
    to,
  );
}

interface LongShape {
  readonly shape: ClipShape;
  /** Batch over that of the recipe, and its mean over the steps of a short cycle. */
  readonly batch: number;
  readonly meanBatch: number;
}

function longShape({ frames, size, kind }: MultigridOptions, t: number, s: number): LongShape {
  const [height, width] = size;
  const shape = { frames: rounded(frames * t), size: scaled(size, s) };
  const batchAt = (rows: number, columns: number): number =>
    rounded((frames * height * width) / (shape.frames * rows * columns));
  const batch = batchAt(...shape.size);
  const others =
    kind === 'both' ? SHORT_CYCLE.map((side) => batchAt(height * side, width * side)) : [];
  const all = [...others, batch];
  return { shape, batch, meanBatch: all.reduce((sum, one) => sum + one, 0) / all.length };
}

/** The shapes of steps within an epoch whose own is `shape`. */
function stepShapes({ kind, size }: MultigridOptions, shape: ClipShape): readonly GridShape[] {
  const own = { frames: shape.frames, size: shape.size, clips: 1 };
  if (kind === 'long') return [own];
  const area = shape.size[0] * shape.size[1];
  const smaller = SHORT_CYCLE.map((side) => ({
    frames: shape.frames,
    size: scaled(size, side),
    clips: rounded(area / (side * size[0] * side * size[1])),
  }));
  return [...smaller, own];
}

const scaled = ([height, width]: ClipShape['size'], by: number): [number, number] => [
  rounded(height * by),
  rounded(width * by),
];

/** Halves to the even number, as Python rounds. */
function rounded(value: number): number {
  const below = Math.floor(value);
  return value - below === 0.5 ? below + (below % 2) : Math.round(value);
}
