/**
 * @file The command as a process. What a command does runs in a worker, so that this thread hears Ctrl-C at any time:
 * the work has a moment to end by itself, then the process ends with what it wrote for the time being removed.
 */
import { writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { failureOf } from './exit.js';
import { main, type Outcome } from './main.js';
import { processTerminal, type ProcessTerminal } from './process-terminal.js';
import type { Invocation } from './program.js';
import { addTemporary, dropTemporary, removeTemporaries } from './temporaries.js';
import { Interrupted, type Terminal } from './terminal.js';
import { EXIT } from './usage-error.js';
import type { WorkerMessage, WorkerTask } from './worker.js';

/** How long work may take to end after Ctrl-C. */
const GRACE_MS = 700;

/** Runs the command line of this process to its end. */
export async function runProcess(argv: readonly string[]): Promise<void> {
  const terminal = processTerminal();
  const workers = new Set<Worker>();
  let endsItself = false;
  const endAtOnce = (signal: NodeJS.Signals): void => {
    terminal.status?.('');
    removeTemporaries();
    try {
      writeSync(2, 'interrupted\n');
    } catch {
      // Nobody to be told.
    }
    // The way in which a signal ends a process: no thread that computes is waited for.
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (terminal.signal.aborted) return endAtOnce(signal);
      terminal.abort(new Interrupted());
      // Kept, since a thread that computes may keep the process alive.
      if (!endsItself) setTimeout(() => endAtOnce(signal), GRACE_MS);
    });
  }
  const code = await main(argv, terminal, {
    styled: (text) => terminal.styled(text),
    perform: (invocation, listener) => {
      endsItself = invocation.command.endsItself === true;
      return performInWorker(invocation, listener, workers);
    },
  });
  // A reader may be gone, or a disk full, only after the last word.
  await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
  await Promise.all([...workers].map((worker) => worker.terminate()));
  const isOwn = endsItself && terminal.signal.reason instanceof Interrupted;
  process.exit(isOwn ? code : codeAfter(code, terminal));
}

/** What standard output did not take fails a command that is done otherwise. */
function codeAfter(code: number, { signal, err }: ProcessTerminal): number {
  if (code !== EXIT.success || !signal.aborted) return code;
  const failure = failureOf(signal.reason);
  if (failure.text) err(failure.text);
  return failure.code;
}

/** Does what the command line asks for in a thread of its own. */
function performInWorker(
  { command, args, flags }: Invocation,
  terminal: Terminal,
  workers: Set<Worker>,
): Promise<Outcome> {
  const task: WorkerTask = { name: command.name, args, flags, interactive: terminal.interactive };
  // In the worker, where ONNX Runtime is loaded, it would no longer reach the library: see its backend.ts.
  process.env['ORT_DISABLE_TELEMETRY'] ??= '1';
  const worker = new Worker(new URL('./worker.js', import.meta.url), {
    workerData: task,
    // What libraries say there is no result.
    stdout: true,
  });
  workers.add(worker);
  worker.stdout.pipe(process.stderr, { end: false });
  const onAbort = (): void => worker.postMessage('abort');
  terminal.signal.addEventListener('abort', onAbort, { once: true });
  return new Promise<Outcome>((resolve) => {
    worker.on('message', (message: WorkerMessage) => {
      if (message.kind === 'out') terminal.out(message.text);
      if (message.kind === 'err') terminal.err(message.text);
      if (message.kind === 'status') terminal.status?.(message.text);
      if (message.kind === 'end') resolve(message.outcome);
      if (message.kind === 'temporary') {
        (message.isThere ? addTemporary : dropTemporary)(message.path);
      }
    });
    worker.on('error', (error) => resolve(failureOf(error)));
    worker.on('exit', (code) =>
      resolve(failureOf(new Error(`the worker ended with exit code ${code}`))),
    );
  });
}
