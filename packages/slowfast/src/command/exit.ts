/** @file Exit codes and how errors look to a person. */
import { Interrupted, PipeClosed, type Terminal } from './terminal.js';
import { EXIT, UsageError } from './usage-error.js';

export { EXIT, UsageError } from './usage-error.js';

/** How a command failed. */
export interface Failure {
  readonly code: number;
  /** For people, on stderr; empty when there is nothing to say. */
  readonly text: string;
  /** For programs, with `--json`. */
  readonly error?: { readonly kind: string; readonly message: string };
}

/** The exit code for an error and what to print about it. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Interrupted) return { code: EXIT.interrupted, text: 'interrupted\n' };
  if (error instanceof PipeClosed) return { code: EXIT.success, text: '' };
  if (!(error instanceof Error)) return unexpected(error, String(error));
  const { name: kind, message } = error;
  const code = isArgument(error) ? EXIT.usage : EXIT.failure;
  if (error instanceof UsageError || kind === 'OutputError' || isOnPurpose(error)) {
    return { code, text: errorText(error), error: { kind, message } };
  }
  const system = systemMessage(error);
  if (system === undefined) return unexpected(error, error.stack ?? message);
  return { code, text: `error: ${system}\n`, error: { kind: 'SystemError', message: system } };
}

/** The exit code after many videos of which some failed; says how many. */
export function videosOutcome(terminal: Terminal, failed: number, videos: number): number {
  if (videos > 1 && failed > 0) terminal.err(`${failed} of ${videos} videos failed\n`);
  return failed > 0 ? EXIT.failure : EXIT.success;
}

/** Tells of a video that could not be used: on stderr for people, and with `--json` in the video's line. */
export function reportVideo(
  terminal: Terminal,
  json: boolean | undefined,
  file: string,
  error: Error,
): void {
  const { name: kind, message } = error;
  if (json) terminal.out(`${JSON.stringify({ file, error: { kind, message } })}\n`);
  terminal.err(errorText(error));
}

/** An error as a person reads it. */
export const errorText = ({ message }: Error): string => `error: ${message}\n`;

/** Whether the command line is what is wrong: a name that the catalog does not know, too. */
const isArgument = (error: Error): boolean =>
  error instanceof UsageError || ('site' in error && error.site === 'model');

/** Whether this is a SlowFastError; told by its parts, so that core need not be loaded to fail. */
const isOnPurpose = (error: Error): boolean => 'site' in error && 'expected' in error;

const unexpected = (error: unknown, text: string): Failure => ({
  code: EXIT.failure,
  text: `error: internal: unexpected, please report it:\n${text}\n`,
  error: { kind: 'InternalError', message: error instanceof Error ? error.message : text },
});

/** What a machine can do to any program: `file: no space left on device`. */
function systemMessage(error: Error): string | undefined {
  const { code, path, syscall, dest } = error as NodeJS.ErrnoException & { dest?: string };
  if (
    code === 'ERR_WORKER_OUT_OF_MEMORY' ||
    /^(Array buffer|Invalid array buffer) /.test(error.message)
  ) {
    return `memory: expected enough of it, received none (${error.message}). Take fewer --jobs, a smaller --size or --batch, or close other programs.`;
  }
  if (syscall === undefined || code === undefined || !/^E[A-Z0-9]+$/.test(code)) return undefined;
  if (code === 'EMFILE' || code === 'ENFILE') {
    return `open files: expected some hundreds at once, received a lower limit (${code}). Raise it, as by: ulimit -n 1024.`;
  }
  const reason = /^E[A-Z0-9]+: ([^,]+)/.exec(error.message)?.[1] ?? code;
  return `${dest ?? path ?? syscall}: ${reason} (${code}).`;
}
