/** @file Running the ffmpeg and ffprobe commands: output as a stream, ended with the consumer. */
import { spawn, type ChildProcessByStdio, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { dirname, extname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { FORMATS } from './media-errors.js';

/** The two commands. */
export type Command = 'ffmpeg' | 'ffprobe';

/** How a command ended. */
export interface Ending {
  /** Exit code; null if it was killed. */
  readonly code: number | null;
  /** The end of what it wrote to stderr. */
  readonly errors: string;
  /** Why it could not be started, if it could not. */
  readonly failure?: unknown;
}

/** Before the input: only local files, only known containers, whatever a file's content asks for. */
export const INPUT_GUARDS = ['-protocol_whitelist', 'file,pipe', '-format_whitelist', FORMATS];

/** Before the input of an MP4 whose edit list is to be ignored. */
export const editArgs = (ignoreEdits: boolean): string[] =>
  ignoreEdits ? ['-ignore_editlist', '1'] : [];

const ERRORS_KEPT = 8192;

/** Where a command is: FFMPEG_PATH or FFPROBE_PATH, ffprobe beside FFMPEG_PATH, else on the PATH. */
export function commandPath(command: Command, env: NodeJS.ProcessEnv = process.env): string {
  const ffmpeg = env['FFMPEG_PATH'];
  if (command === 'ffmpeg') return ffmpeg || command;
  if (env['FFPROBE_PATH']) return env['FFPROBE_PATH'];
  return ffmpeg && dirname(ffmpeg) !== '.'
    ? join(dirname(ffmpeg), `ffprobe${extname(ffmpeg)}`)
    : command;
}

/** What a command is given beside its arguments. */
export interface CommandSurroundings {
  /** A file descriptor to read from; default: nothing. */
  readonly stdin?: number | 'ignore';
  readonly env?: NodeJS.ProcessEnv;
  /** Called with each line of stderr; those that it takes (true) are no errors. */
  readonly onNote?: (line: string) => boolean;
}

/** A running command. */
function start(
  command: Command,
  args: readonly string[],
  signal: AbortSignal | undefined,
  { stdin = 'ignore', env = process.env, onNote }: CommandSurroundings = {},
) {
  signal?.throwIfAborted();
  const stdio: StdioOptions = [stdin, 'pipe', 'pipe'];
  const child = spawn(commandPath(command), args, { stdio, env }) as ChildProcessByStdio<
    null,
    Readable,
    Readable
  >;
  let errors = '';
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (!onNote?.(line)) errors = `${errors}${line}\n`.slice(-ERRORS_KEPT);
  });
  const kill = (): void => void child.kill('SIGKILL');
  signal?.addEventListener('abort', kill, { once: true });
  const ended: Promise<Ending> = once(child, 'close').then(
    ([code]) => ({ code: code as number | null, errors }),
    (failure: unknown) => ({ code: null, errors, failure }),
  );
  const stop = async (): Promise<void> => {
    signal?.removeEventListener('abort', kill);
    if (child.exitCode === null && child.signalCode === null) kill();
    await ended;
  };
  return { stdout: child.stdout, ended, stop };
}

/**
 * The bytes a command writes. It is killed when the consumer stops or the signal aborts.
 *
 * @throws Error if it cannot be started.
 */
export async function* commandBytes(
  command: Command,
  args: readonly string[],
  signal: AbortSignal | undefined,
  surroundings?: CommandSurroundings,
): AsyncGenerator<Uint8Array, Ending, undefined> {
  const { stdout, ended, stop } = start(command, args, signal, surroundings);
  try {
    for await (const chunk of stdout) yield chunk as Uint8Array;
    const ending = await ended;
    signal?.throwIfAborted();
    if (ending.failure !== undefined) throw ending.failure;
    return ending;
  } finally {
    await stop();
  }
}

/** Hands each line that a command writes to `onLine`; as {@link commandBytes} otherwise. */
export async function commandLines(
  command: Command,
  args: readonly string[],
  signal: AbortSignal | undefined,
  onLine: (line: string) => void,
): Promise<Ending> {
  const { stdout, ended, stop } = start(command, args, signal);
  try {
    for await (const line of createInterface({ input: stdout })) onLine(line);
    const ending = await ended;
    signal?.throwIfAborted();
    if (ending.failure !== undefined) throw ending.failure;
    return ending;
  } finally {
    await stop();
  }
}
