/** @file Who is let in: a bounded number at work, a bounded number that wait, and nobody else. */
import { tooBusy } from './request-error.js';

/** A place in the house, which is left once. */
export interface Admission extends Disposable {
  /** Waits for one's turn to work, in order of coming; rejects with the signal's reason. */
  turn(signal: AbortSignal): Promise<void>;
}

/** A house with so many places to work and to wait. */
export interface House {
  /** Those who wait or are on their way, and those who work. */
  readonly waiting: number;
  readonly working: number;
  /** Lets one in; throws a RequestError of status 503 where there is no place. */
  enter(): Admission;
}

/** A house for `site`: `places` work at once, `queue` wait beside them. */
export function house(site: string, places: number, queue: number): House {
  let [inside, working] = [0, 0];
  /** Mean seconds of work, of the last few. */
  let seconds = 1;
  const turns: (() => void)[] = [];
  /** The next in turn takes the place over, so that nobody comes between. */
  const leave = (): void => {
    const next = turns.shift();
    if (next) next();
    else working -= 1;
  };
  return {
    get waiting() {
      return inside - working;
    },
    get working() {
      return working;
    },
    enter() {
      if (inside >= places + queue) {
        const retryAfter = Math.max(1, Math.ceil((seconds * queue) / places));
        throw tooBusy(site, `${inside} at work and waiting`, Math.min(retryAfter, 60));
      }
      inside += 1;
      let start: number | undefined;
      let isGone = false;
      return {
        async turn(signal) {
          signal.throwIfAborted();
          if (working >= places) await nextTurn(signal);
          else working += 1;
          start = performance.now();
        },
        [Symbol.dispose]() {
          if (isGone) return;
          isGone = true;
          inside -= 1;
          if (start === undefined) return;
          seconds += ((performance.now() - start) / 1000 - seconds) / 8;
          leave();
        },
      };
    },
  };

  function nextTurn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const turn = (): void => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      const onAbort = (): void => {
        turns.splice(turns.indexOf(turn), 1);
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      turns.push(turn);
    });
  }
}
