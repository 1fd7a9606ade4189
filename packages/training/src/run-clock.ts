/** @file How fast a run is and where its time goes. */

/** Pace of a run. */
export interface Pace {
  readonly clipsPerSecond: number;
  /** Share of the time spent waiting for data. */
  readonly waiting: number;
}

/** Measures a run, epoch by epoch: the first one decodes what later ones find stored. Evaluations are left out. */
export interface RunClock {
  /** Takes in milliseconds spent waiting for data. */
  waited(milliseconds: number): void;
  /** Takes in a step with its clips. */
  trained(clips: number): void;
  /** Stops the time. */
  pause(): void;
  /** Lets it go on. */
  go(): void;
  /** The pace of the last epoch and of what there is of this one, and milliseconds for the steps that are left. */
  pace(stepsLeft: number): Pace & { readonly left: number };
  /** Ends an epoch and gives its pace. */
  endEpoch(): Pace;
}

interface Totals {
  readonly time: number;
  readonly waited: number;
  readonly clips: number;
  readonly steps: number;
}

const NOTHING: Totals = { time: 0, waited: 0, clips: 0, steps: 0 };

/** A clock that starts now. */
export function runClock(now: () => number = () => performance.now()): RunClock {
  let since: number | undefined = now();
  let [last, current] = [NOTHING, NOTHING];
  const add = (more: Partial<Totals>): void => {
    current = sumOf(current, { ...NOTHING, ...more });
  };
  const tick = (): void => {
    if (since === undefined) return;
    const at = now();
    add({ time: at - since });
    since = at;
  };
  return {
    waited: (milliseconds) => add({ waited: milliseconds }),
    trained: (clips) => add({ clips, steps: 1 }),
    pause: () => {
      tick();
      since = undefined;
    },
    go: () => {
      since ??= now();
    },
    pace: (stepsLeft) => {
      tick();
      const both = sumOf(last, current);
      const rest = both.steps > 0 ? (both.time / both.steps) * stepsLeft : 0;
      return { ...paceOf(both), left: rest };
    },
    endEpoch: () => {
      tick();
      [last, current] = [current, NOTHING];
      return paceOf(last);
    },
  };
}

const sumOf = (a: Totals, b: Totals): Totals => ({
  time: a.time + b.time,
  waited: a.waited + b.waited,
  clips: a.clips + b.clips,
  steps: a.steps + b.steps,
});

const paceOf = ({ time, waited, clips }: Totals): Pace => ({
  clipsPerSecond: time > 0 ? (1000 * clips) / time : 0,
  waiting: time > 0 ? Math.min(1, waited / time) : 0,
});
