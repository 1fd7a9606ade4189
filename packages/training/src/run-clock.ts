/** @file How fast a run is and where its time goes. */

/** Pace of a run. */
export interface Pace {
  readonly clipsPerSecond: number;
  /** Share of the time spent waiting for data. */
  readonly waiting: number;
  /** Milliseconds for the steps that are left. */
  readonly left: number;
}

/** Measures a run; evaluations are left out. */
export interface RunClock {
  /** Takes in milliseconds spent waiting for data. */
  waited(milliseconds: number): void;
  /** Takes in a step with its clips. */
  trained(clips: number): void;
  /** Stops the time. */
  pause(): void;
  /** Lets it go on. */
  go(): void;
  /** The pace so far. */
  pace(stepsLeft: number): Pace;
}

/** A clock that starts now. */
export function runClock(now: () => number = () => performance.now()): RunClock {
  let since: number | undefined = now();
  let [spent, waited, clips, steps] = [0, 0, 0, 0];
  const elapsed = (): number => spent + (since === undefined ? 0 : now() - since);
  return {
    waited: (milliseconds) => {
      waited += milliseconds;
    },
    trained: (count) => {
      clips += count;
      steps++;
    },
    pause: () => {
      spent = elapsed();
      since = undefined;
    },
    go: () => {
      since ??= now();
    },
    pace: (stepsLeft) => {
      const all = elapsed();
      return {
        clipsPerSecond: all > 0 ? (1000 * clips) / all : 0,
        waiting: all > 0 ? Math.min(1, waited / all) : 0,
        left: steps > 0 ? (all / steps) * stepsLeft : 0,
      };
    },
  };
}
