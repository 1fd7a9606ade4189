/** @file Attempts at what a network may fail at for a moment. */
import { setTimeout as sleep } from 'node:timers/promises';
import { NetworkError, type Answer } from './request.js';

/** How often something is tried. */
export interface AttemptOptions {
  /** Attempts after the first that fail on the way; default 5. */
  readonly retries?: number;
  /** Milliseconds before the first of them, doubled each time; default 500. */
  readonly backoff?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Longest time that a server's `Retry-After` is followed, milliseconds. */
const LONGEST_WAIT = 60_000;
const MAY_PASS: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

/** A server that says to come again. */
class BusyError extends NetworkError {
  readonly wait: number | undefined;
  constructor(message: string, wait: number | undefined) {
    super(message);
    this.wait = wait;
  }
}

/** Throws a {@link NetworkError} for a status that may pass. */
export function checkBusy({ status, headers }: Answer): void {
  if (!MAY_PASS.has(status)) return;
  const seconds = Number(headers.get('retry-after') ?? NaN);
  const wait = Number.isFinite(seconds) && seconds >= 0 ? 1000 * seconds : undefined;
  throw new BusyError(`status ${status}`, wait);
}

/**
 * Tries until it works. Rejects with what is no {@link NetworkError}, with `failure` of the last one where all attempts met
 * one, and with the signal's reason.
 */
export async function attempts<T>(
  attempt: () => Promise<T>,
  failure: (error: NetworkError, count: number) => Error,
  { retries = 5, backoff = 500, signal }: AttemptOptions,
): Promise<T> {
  for (let count = 1; ; count++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      if (count > retries) throw failure(error, count);
      const wait = error instanceof BusyError ? error.wait : undefined;
      const pause = Math.min(LONGEST_WAIT, wait ?? backoff * 2 ** (count - 1));
      await sleep(pause, undefined, signal ? { signal } : {}).catch(() => signal?.throwIfAborted());
    }
  }
}
