/** @file Which errors are of one video, so that others can go on. */
import { SlowFastError } from '@slowfast/core';

/** Whether an error says that a video cannot be used, wherever it was made. */
export const isMediaError = (error: unknown): error is SlowFastError =>
  error instanceof SlowFastError && error.name === 'MediaError';
