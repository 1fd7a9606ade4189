/** @file The `slowfast` command: from arguments to an exit code. */
import { CommanderError } from 'commander';
import { NO_DEFAULTS, readDefaults, type Defaults } from './defaults.js';
import type { Action } from './declaration.js';
import { failureOf, type Failure } from './exit.js';
import { fileInputs } from './inputs.js';
import { parsed, type Invocation } from './program.js';
import { hasColours, type Terminal } from './terminal.js';
import { EXIT } from './usage-error.js';

/** How a command ended: with an exit code, or failed. */
export type Outcome = number | Failure;

/** What a caller may choose. */
export interface MainOptions {
  /** Does what a command line asks for; default: in this thread. */
  readonly perform?: (invocation: Invocation, terminal: Terminal) => Promise<Outcome>;
  /** Writes text of our own with colours; default: the terminal's `out`, without. */
  readonly styled?: (text: string) => void;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * Runs the command with the arguments after its name, and resolves with the exit code: 0 done, 1 failed
 * (some or all of it), 2 wrong arguments, 130 interrupted. Never rejects.
 */
export async function main(
  argv: readonly string[],
  terminal: Terminal,
  { perform = performHere, styled, env = process.env }: MainOptions = {},
): Promise<number> {
  let isJson = false;
  const ended = (outcome: Outcome, { out, err }: Terminal = terminal): number => {
    if (typeof outcome === 'number') return outcome;
    const { code, text, error } = outcome;
    if (isJson && error) out(`${JSON.stringify({ error })}\n`);
    if (text) err(text);
    return code;
  };
  try {
    const { defaults, problem } = await defaultsFrom(env);
    const help = {
      out: styled ?? ((text: string) => terminal.out(text)),
      err: (text: string) => terminal.err(text),
      hasColours: styled !== undefined && hasColours(process.stdout, env),
    };
    const invocation = await parsed(argv, help, defaults);
    isJson = invocation.flags['json'] === true;
    // Help is shown whatever is in the file of defaults.
    if (problem !== undefined) throw problem;
    await using files = await fileInputs(invocation, terminal);
    const outcome = await perform(files.invocation, files.terminal);
    const isCut = terminal.signal.aborted && invocation.command.endsItself !== true;
    return ended(isCut ? failureOf(terminal.signal.reason) : outcome, files.terminal);
  } catch (error) {
    if (error instanceof CommanderError) {
      return error.exitCode === 0 ? EXIT.success : EXIT.usage;
    }
    return ended(failureOf(terminal.signal.aborted ? terminal.signal.reason : error));
  }
}

async function defaultsFrom(
  env: Readonly<Record<string, string | undefined>>,
): Promise<{ readonly defaults: Defaults; readonly problem?: unknown }> {
  try {
    return { defaults: await readDefaults(env) };
  } catch (problem) {
    return { defaults: NO_DEFAULTS, problem };
  }
}

/** Loads what a command does, and does it. */
export async function performHere(
  { command, args, flags }: Invocation,
  terminal: Terminal,
): Promise<Outcome> {
  try {
    const action = (await command.load()) as Action<unknown>;
    return await action({ args, flags, terminal });
  } catch (error) {
    return failureOf(terminal.signal.aborted ? terminal.signal.reason : error);
  }
}
