/** @file The `slowfast` command: arguments, exit codes, Ctrl-C. */
import { Command } from 'commander';
import { addClassify } from './classify.js';
import { addConvert } from './convert.js';
import { addDataCheck } from './data-check.js';
import { addDescribe } from './describe.js';
import { addDetect } from './detect.js';
import { addDoctor } from './doctor.js';
import { addEvaluate } from './evaluate.js';
import { addExport } from './export.js';
import { addFeatures } from './features.js';
import { addModels } from './models.js';
import { addTrain } from './train.js';
import { addWatch } from './watch.js';
import { EXIT, failureOf } from './exit.js';
import { processTerminal, type Terminal } from './terminal.js';
import { VERSION } from './version.js';

/** Adds one subcommand to the program. */
export type AddCommand = (program: Command, run: Run) => void;

/** Wraps an action, so that its result becomes the exit code. */
export type Run = (action: (terminal: Terminal) => Promise<number>) => Promise<void>;

/**
 * Runs the command with the arguments after its name, and resolves with the exit code: 0 done, 1 failed
 * (some or all of it), 2 wrong arguments, 130 interrupted. Never rejects.
 */
export async function main(argv: readonly string[], terminal?: Terminal): Promise<number> {
  const own = terminal ? undefined : processTerminal();
  const io = terminal ?? own!;
  let code: number = EXIT.success;
  const run: Run = async (action) => {
    code = await action(io);
  };
  try {
    await program(io, run).parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    const failure = failureOf(io.signal.aborted ? io.signal.reason : error);
    if (failure.text) io.err(failure.text);
    return failure.code;
  } finally {
    own?.dispose();
  }
}

function program(terminal: Terminal, run: Run): Command {
  const command = new Command('slowfast')
    .description('SlowFast networks for video: classify, detect, describe, export, convert.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show the help of a command')
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: (text) => terminal.out(text),
      writeErr: (text) => terminal.err(text),
    });
  for (const add of [
    addClassify,
    addDetect,
    addWatch,
    addDescribe,
    addModels,
    addExport,
    addConvert,
    addTrain,
    addEvaluate,
    addFeatures,
    addDataCheck,
    addDoctor,
  ]) {
    add(command, run);
  }
  return command;
}
