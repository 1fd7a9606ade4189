/**
 * @file What a command line names as input, before the command sees it: standard input and pipes are spooled into a file,
 * since videos and weights are read at any position; what would never end (a FIFO, a device) is refused.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { attributeOf, longName } from './declaration.js';
import type { Invocation } from './program.js';
import { addTemporary, dropTemporary } from './temporaries.js';
import type { Terminal } from './terminal.js';
import { UsageError } from './usage-error.js';

const STDIN = '-';
/** Anonymous pipes, as `<(command)` gives them. */
const PIPE = /^\/(dev\/(fd\/\d+|stdin)|proc\/(self|\d+)\/fd\/\d+)$/;

/** An invocation whose inputs are all files. */
export interface FileInvocation extends AsyncDisposable {
  readonly invocation: Invocation;
  /** The terminal on which spooled files have the names that the user gave. */
  readonly terminal: Terminal;
}

/** Spools what is no file; throws {@link UsageError} for what cannot be read as one. */
export async function fileInputs(
  invocation: Invocation,
  terminal: Terminal,
): Promise<FileInvocation> {
  const folders: string[] = [];
  const names = new Map<string, string>();
  const spool = async (name: string): Promise<string> => {
    if (name === STDIN && [...names.values()].includes(STDIN)) {
      throw new UsageError('standard input (-): expected once, since it can be read once.');
    }
    if (name === STDIN && process.stdin.isTTY) {
      throw new UsageError('standard input (-): expected a file or a pipe, received a terminal.');
    }
    const folder = await mkdtemp(join(tmpdir(), 'slowfast-'));
    folders.push(folder);
    addTemporary(folder);
    const path = join(folder, 'stdin');
    names.set(path, name);
    const source = name === STDIN ? process.stdin : createReadStream(name);
    await pipeline(source, createWriteStream(path), { signal: terminal.signal });
    return path;
  };
  const dispose = async (): Promise<void> => {
    for (const folder of folders) {
      await rm(folder, { recursive: true, force: true });
      dropTemporary(folder);
    }
  };
  try {
    const changed = await withFiles(invocation, spool);
    const withNames = (text: string): string =>
      [...names].reduce((all, [path, name]) => named(all, path, name), text);
    return {
      invocation: changed,
      terminal:
        names.size === 0
          ? terminal
          : {
              ...terminal,
              out: (text) => terminal.out(withNames(text)),
              err: (text) => terminal.err(withNames(text)),
              status: (text) => terminal.status?.(withNames(text)),
            },
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw terminal.signal.aborted ? terminal.signal.reason : error;
  }
}

/** A text with what the user named in place of a spooled file: `-` where programs read it, words where people do. */
function named(text: string, path: string, name: string): string {
  if (name !== STDIN) return text.replaceAll(path, name);
  return text
    .replaceAll(`"${path}"`, `"${STDIN}"`)
    .split(path)
    .map((part, i) => (i === 0 ? part : part.replace(/^:(\d+)/, ', line $1')))
    .join('standard input');
}

async function withFiles(
  invocation: Invocation,
  spool: (name: string) => Promise<string>,
): Promise<Invocation> {
  const { command } = invocation;
  const args: string[] = [];
  for (const [index, arg] of invocation.args.entries()) {
    const declared = command.args[Math.min(index, command.args.length - 1)]!;
    const { name, names, isLive } = declared;
    if (isLive || (names !== 'input' && names !== 'list')) args.push(arg);
    // Of several, one that is no file is told beside the results of the others.
    else if (name.includes('...')) args.push(isPipe(arg) ? await spool(arg) : arg);
    else args.push(await fileOf(name, arg, spool));
  }
  const flags: Record<string, unknown> = { ...invocation.flags };
  const hasPrefix = command.groups.some(({ options }) =>
    options.some((option) => longName(option) === 'prefix'),
  );
  for (const { options } of command.groups) {
    for (const option of options) {
      const key = attributeOf(option);
      const value = flags[key];
      if (typeof value !== 'string' || (option.names !== 'input' && option.names !== 'list')) {
        continue;
      }
      flags[key] = await fileOf(`--${longName(option)}`, value, spool);
    }
  }
  const isSpooled =
    args.some((arg, index) => arg !== invocation.args[index]) ||
    flags['data'] !== invocation.flags['data'];
  // A list from a pipe lies in no folder that its paths could be relative to.
  if (hasPrefix && isSpooled) flags['prefix'] ??= process.cwd();
  return { command, args, flags };
}

const isPipe = (path: string): boolean => path === STDIN || PIPE.test(path);

async function fileOf(
  name: string,
  path: string,
  spool: (name: string) => Promise<string>,
): Promise<string> {
  if (path === STDIN) return spool(path);
  const entry = await stat(path).catch(() => undefined);
  // What is not there, or is the name of a data set, is told by who reads it.
  if (!entry || entry.isFile() || entry.isDirectory()) return path;
  if (entry.isFIFO() && PIPE.test(path)) return spool(path);
  const { SpecError } = await import('@slowfast/core');
  throw new SpecError({
    site: name.startsWith('--') ? `${name} ${path}` : path,
    expected: 'a file',
    received: entry.isFIFO() ? 'a FIFO' : 'a device or socket',
    remedy: 'Pipe it to standard input, and name that as -',
  });
}
