/** @file Exit codes and how errors look to a person. */
import { SlowFastError } from '@slowfast/core';
import { CommanderError } from 'commander';
import { Interrupted } from './terminal.js';

/** Exit codes of the command. */
export const EXIT = { success: 0, failure: 1, usage: 2, interrupted: 130 } as const;

/** A command line that cannot be carried out as it stands. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** The exit code for an error and the text to print on stderr (empty when it was said already). */
export function failureOf(error: unknown): { readonly code: number; readonly text: string } {
  if (error instanceof CommanderError) {
    return { code: error.exitCode === 0 ? EXIT.success : EXIT.usage, text: '' };
  }
  if (error instanceof Interrupted) return { code: EXIT.interrupted, text: 'interrupted\n' };
  if (error instanceof UsageError) return { code: EXIT.usage, text: `error: ${error.message}\n` };
  if (error instanceof SlowFastError) {
    return { code: EXIT.failure, text: `${error.name}: ${error.message}\n` };
  }
  const cause = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: EXIT.failure, text: `unexpected error, please report it:\n${cause}\n` };
}
