/** @file Runs the command as it is installed: `npm run build` makes what this runs. */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { access } from 'node:fs/promises';
import { constants } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Ended } from './run-slowfast.js';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The command's file. */
export const BIN = at('../../../bin/slowfast.js');

/** Fails with what to do, where the command was not built. */
export async function needBuild(): Promise<void> {
  await access(at('../../../dist/command/process.js')).catch(() => {
    throw new Error('packages/slowfast/dist is missing: run `npm run build` before this test');
  });
}

/** A command that runs. */
export interface Running {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  /** The code as a shell tells it: 130 after SIGINT, however the process ended. */
  readonly ended: Promise<Ended>;
}

/** Starts the command; its standard input is open until the test ends it. */
export function startSlowfast(argv: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
  const child = spawn(process.execPath, [BIN, ...argv], {
    stdio: 'pipe',
    env: { ...process.env, SLOWFAST_CONFIG: '', NO_COLOR: '1', ...env },
  });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  // A command that ends before it has read everything is no failure of the test.
  child.stdin.on('error', () => undefined);
  const ended = once(child, 'close').then(([code, signal]) => ({
    code: (code as number | null) ?? 128 + constants.signals[signal as NodeJS.Signals],
    out,
    err,
  }));
  return { child, ended };
}

/** Starts a server on a free port, whose temporary files go into a folder, and waits until it listens. */
export async function startServer(
  folder: string,
  ...args: readonly string[]
): Promise<Running & { readonly url: string }> {
  const running = startSlowfast(['serve', '--port', '0', '--json', ...args], { TMPDIR: folder });
  const url = await new Promise<string>((resolve, reject) => {
    running.child.stdout.once('data', (text: string) =>
      resolve((JSON.parse(text) as { url: string }).url),
    );
    void running.ended.then(({ err }) => reject(new Error(err)));
  });
  return { ...running, url };
}
