/** @file Errors that a request is answered with. */
import { SlowFastError, type ErrorDetails } from '@slowfast/core';

/** A request that is not done, with the status of its answer. */
export class RequestError extends SlowFastError {
  override name = 'RequestError';
  readonly status: number;
  /** Seconds after which another try makes sense. */
  readonly retryAfter: number | undefined;

  constructor(status: number, details: ErrorDetails, retryAfter?: number) {
    super(details);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/** What is wrong with what was sent. */
export const badRequest = (site: string, expected: string, received: string): RequestError =>
  new RequestError(400, { site, expected, received });

/** Everybody is busy, and the queue is full. */
export const tooBusy = (site: string, received: string, retryAfter: number): RequestError =>
  new RequestError(
    503,
    {
      site,
      expected: 'room for one more request',
      received,
      remedy: `Try again in ${retryAfter} s`,
    },
    retryAfter,
  );

/** The status of an error's answer: what is wrong with a request, a video, or this program. */
export function statusOf(error: unknown): number {
  if (error instanceof RequestError) return error.status;
  // By name, as an error may be of another copy of the package.
  const { name, statusCode } = error as { name?: string; statusCode?: number };
  if (name === 'MediaError') return 422;
  if (name === 'SpecError' || name === 'ShapeError') return 400;
  return statusCode ?? 500;
}
