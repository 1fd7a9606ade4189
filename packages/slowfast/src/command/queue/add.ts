/** @file `slowfast queue add COMMAND`: the videos of a command as a run that machines share. */
import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { CommandDeclaration, Request } from '../declaration.js';
import { attributeOf, optionsOf } from '../declaration.js';
import { compileAny } from '../compile-tfjs.js';
import { aboutEvaluation, evaluationList, type EvaluateFlags } from '../evaluate.js';
import { EXIT, UsageError } from '../exit.js';
import { aboutAva, openAva } from '../evaluate-ava.js';
import { readAvaFile, readExclusionFile } from '../../evaluate/ava.js';
import { outputNames } from '../output-names.js';
import { videoFiles } from '../../files/video-files.js';
import { avaRun } from '../../shards/ava-run.js';
import { makeRun, type Row, type Run } from '../../shards/run.js';
import type { Terminal } from '../terminal.js';
import { openCommandWork, type RunCommand } from './command-work.js';
import { openFlagged, type QueueFlags } from './package.js';

/** What the options of every `queue add` parse to. */
interface AddFlags extends QueueFlags {
  readonly results: string;
  readonly perJob: number;
  readonly openJobs: number;
  readonly json?: boolean;
}

/** Options that are no matter of a run: where it is kept and told, and how each machine runs the model. */
const OTHERS = [
  ...['redis', 'queue', 'results', 'perJob', 'openJobs', 'json', 'shard'],
  ...['provider', 'backend', 'threads', 'jobs', 'tune', 'lowering'],
];

/** The flags that a run is made of, with paths that every machine understands. */
async function runFlags(
  declaration: CommandDeclaration,
  flags: Readonly<Record<string, unknown>>,
): Promise<Record<string, unknown>> {
  const options: Record<string, unknown> = {};
  for (const option of optionsOf(declaration)) {
    const key = attributeOf(option);
    const value = flags[key];
    if (value === undefined || OTHERS.includes(key)) continue;
    options[key] = typeof value === 'string' ? await portable(value, option.names) : value;
  }
  return options;
}

/** A path is made absolute; a name that is none of a file stays. */
async function portable(value: string, names: string | undefined): Promise<string> {
  if (names === 'folder' || names === 'output') return resolve(value);
  if (names === undefined) return value;
  return access(value).then(
    () => resolve(value),
    () => value,
  );
}

const isAddress = (path: string): boolean => /^(?:https?|s3):\/\//i.test(path);

/** Makes what adds runs of a command. */
export function addOf(command: RunCommand, declaration: CommandDeclaration) {
  return async ({ args, flags, terminal }: Request<AddFlags>): Promise<number> => {
    // What is missing is said before a model is loaded.
    await using queue = await openFlagged(flags);
    const runOptions = await runFlags(declaration, flags as never);
    const run =
      command === 'evaluate'
        ? await evaluationOf(flags as AddFlags & EvaluateFlags, runOptions, terminal)
        : await listedRun(command, args, flags, runOptions, terminal);
    const { perJob: size, openJobs: window, json } = flags;
    const added = await queue.add({ id: run.id, command, rows: run.rows, size, window });
    const { id, rows, shards, state } = added;
    terminal.out(
      json
        ? `${JSON.stringify({ run: id, command, videos: rows, shards, state, results: run.folder })}\n`
        : `run ${id}: ${rows} videos in ${shards} jobs${state === 'done' ? ', done already' : ''}\n`,
    );
    return EXIT.success;
  };
}

async function evaluationOf(
  flags: AddFlags & EvaluateFlags,
  options: Record<string, unknown>,
  terminal: Terminal,
): Promise<Run> {
  if (flags.task === 'localisation') throw new UsageError('--task: expected clips or ava');
  if (flags.task === 'ava') return avaEvaluationOf(flags, options, terminal);
  const { model, notes } = await compileAny(flags, terminal);
  try {
    const listed = await evaluationList(model, flags);
    for (const text of [...notes, ...listed.notes]) terminal.err(`warning: ${text}\n`);
    const about = await aboutEvaluation(model, listed, flags);
    const rows = listed.clips.map(({ path, labels }) => ({ file: path, labels: [...labels] }));
    return await makeRun(flags.results, 'evaluate', rows, { ...about, flags: options });
  } finally {
    await model[Symbol.asyncDispose]();
  }
}

async function avaEvaluationOf(
  flags: AddFlags & EvaluateFlags,
  options: Record<string, unknown>,
  terminal: Terminal,
): Promise<Run> {
  const { boxes, videos } = flags;
  if (boxes === undefined || videos === undefined) {
    throw new UsageError('--task ava: expected --boxes and --videos');
  }
  const named = { ...flags, boxes, videos };
  await readAvaFile(flags.data, { eighth: 'person' });
  if (flags.exclusions !== undefined) await readExclusionFile(flags.exclusions);
  await using work = await openAva(named, terminal);
  const about = await aboutAva(work.scorer, named);
  const files = new Map([...work.files].map(([name, file]) => [name, resolve(file)]));
  return avaRun(flags.results, files, { ...about, flags: options }, flags);
}

async function listedRun(
  command: RunCommand,
  args: readonly string[],
  flags: AddFlags,
  options: Record<string, unknown>,
  terminal: Terminal,
): Promise<Run> {
  const files = await videoFiles(args, (text) => terminal.err(`note: ${text}\n`));
  const names = command === 'features' ? await outputNames(args, files) : undefined;
  const rows = files.map((file, row): Row => ({
    file: isAddress(file) ? file : resolve(file),
    ...(names ? { name: names[row]! } : {}),
  }));
  const run = await makeRun(flags.results, command, rows, { flags: options });
  // A model that does not work here, or options that exclude each other, are told now and not by every job.
  const work = await openCommandWork(run, flags as never, terminal);
  for (const text of work.notes) terminal.err(`warning: ${text}\n`);
  await work[Symbol.asyncDispose]();
  return run;
}
