/** @file The command as it is installed, as processes that a test kills and stops. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../../../packages/slowfast/bin/slowfast.js', import.meta.url));

/** A command that runs, and how it ends. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<{ readonly code: number; readonly out: string; readonly err: string }>;
}

/** Starts `slowfast` with the server's address in the environment. */
export function start(redis: string, ...args: readonly string[]): Running {
  const env = { ...process.env, SLOWFAST_CONFIG: '', NO_COLOR: '1', SLOWFAST_REDIS: redis };
  const child = spawn(process.execPath, [BIN, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const ended = once(child, 'close').then(([code, signal]) => ({
    code: (code as number | null) ?? 128 + constants.signals[signal as NodeJS.Signals],
    out,
    err,
  }));
  return { child, ended };
}

/** Runs `slowfast` to its end. */
export const run = (redis: string, ...args: readonly string[]): Running['ended'] =>
  start(redis, ...args).ended;
