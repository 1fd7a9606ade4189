/** @file The other end of `process.ts`: the thread in which a command does its work. */
import { watchTemporaryFiles } from '@slowfast/core';
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { COMMANDS } from './commands.js';
import { performHere, type Outcome } from './main.js';
import { Interrupted, type Terminal } from './terminal.js';

/** What the worker is to do. */
export interface WorkerTask {
  readonly name: string;
  readonly args: readonly string[];
  readonly flags: Readonly<Record<string, unknown>>;
  readonly interactive: boolean;
}

/** What the worker says. */
export type WorkerMessage =
  | { readonly kind: 'out' | 'err' | 'status'; readonly text: string }
  | { readonly kind: 'temporary'; readonly path: string; readonly isThere: boolean }
  | { readonly kind: 'end'; readonly outcome: Outcome };

/** Does the task of this worker, and says how it ended. */
async function work(port: MessagePort, { name, args, flags, interactive }: WorkerTask) {
  const say = (message: WorkerMessage): void => port.postMessage(message);
  const controller = new AbortController();
  port.on('message', () => controller.abort(new Interrupted()));
  const terminal: Terminal = {
    out: (text) => say({ kind: 'out', text }),
    err: (text) => say({ kind: 'err', text }),
    status: (text) => say({ kind: 'status', text }),
    interactive,
    signal: controller.signal,
  };
  watchTemporaryFiles((path, isThere) => say({ kind: 'temporary', path, isThere }));
  const command = COMMANDS.find((candidate) => candidate.name === name)!;
  const outcome = await performHere({ command, args, flags }, terminal);
  say({ kind: 'end', outcome });
}

await work(parentPort!, workerData as WorkerTask);
