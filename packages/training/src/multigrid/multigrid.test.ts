import { readFileSync } from 'node:fs';
import { multigrid, type MultigridKind } from './multigrid.js';

interface Golden {
  readonly name: string;
  readonly frames: number;
  readonly size: number;
  readonly epochs: number;
  readonly steps: readonly number[];
  readonly kind: MultigridKind;
  readonly lr: number;
  readonly warmupEpochs: number;
  readonly warmupLr: number;
  readonly epochFactor: number;
  readonly expected: {
    readonly epochs: number;
    readonly phases: readonly {
      readonly until: number;
      readonly batch: number;
      readonly frames: number;
      /** Side, and factor on the clips of a forward pass. */
      readonly shapes: readonly (readonly [number, number])[];
    }[];
    /** Epoch, rate. */
    readonly rates: readonly (readonly [number, number])[];
  };
}

const GOLDENS = JSON.parse(
  readFileSync(new URL('goldens/schedules.json', import.meta.url), 'utf8'),
) as readonly Golden[];

describe('multigrid', () => {
  it.each(GOLDENS)('$name: shapes, epochs and rates are those of PySlowFast', (golden) => {
    const { frames, size, epochs, steps, kind, epochFactor, expected } = golden;
    const { lr, warmupEpochs, warmupLr } = golden;
    const schedule = { kind: 'step', lr, steps, warmupEpochs, warmupLr } as const;
    const grid = multigrid({ kind, epochs, frames, size: [size, size], schedule, epochFactor });
    expect(grid.epochs).toBe(expected.epochs);
    const phases = expected.phases.filter(
      ({ until }, i) => until > (expected.phases[i - 1]?.until ?? 0),
    );
    expect(grid.phases).toEqual(
      phases.map(({ until, batch, frames: own, shapes }) => ({
        until,
        batch,
        shapes: shapes.map(([side, clips]) => ({ frames: own, size: [side, side], clips })),
      })),
    );
    for (const [epoch, rate] of expected.rates) {
      expect(Math.abs(grid.schedule(epoch) / rate - 1)).toBeLessThan(1e-9);
    }
  });

  it('takes the short cycle with any schedule, and long cycles with steps alone', () => {
    const run = { epochs: 20, frames: 16, size: [96, 128], schedule: { lr: 1 } } as const;
    const { epochs, phases, schedule } = multigrid({ ...run, kind: 'short' });
    expect([epochs, schedule(15)]).toEqual([30, expect.closeTo(0.5, 9)]);
    expect(phases[0]!.shapes.map(({ size }) => size)).toEqual([
      [48, 64],
      [68, 91],
      [96, 128],
    ]);
    expect(() => multigrid({ ...run, kind: 'both' })).toThrow(
      'multigrid: expected a schedule of kind step with a factor and steps before epoch 20: a long cycle for each rate, ' +
        'received cosine with steps [].',
    );
    expect(() => multigrid({ ...run, kind: 'short', frames: 2 })).toThrow(
      'multigrid: expected clips of at least 4 frames of 4x4, received 2 of 96x128.',
    );
  });
});
