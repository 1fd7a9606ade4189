/** @file `slowfast queue status|watch|cancel|retry`: how far runs are, and what becomes of them. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunStatus, VideoQueue } from '@slowfast/queue';
import type { Request } from '../declaration.js';
import { EXIT } from '../exit.js';
import { clock } from '../progress.js';
import { textTable } from '../table.js';
import type { Terminal } from '../terminal.js';
import { openFlagged, type QueueFlags } from './package.js';

interface RunFlags extends QueueFlags {
  readonly json?: boolean;
}

const percent = ({ ended, rows }: RunStatus): string =>
  `${Math.floor((100 * ended) / Math.max(1, rows))} %`;

/** What keeps a run from ending. */
const failuresOf = ({ id, failed }: RunStatus): string =>
  failed
    .slice(0, 3)
    .map(({ shard, reason }) => `run ${id}, job ${shard || 'reduction'}: failed: ${reason}\n`)
    .join('') + (failed.length > 3 ? `run ${id}: ${failed.length - 3} more jobs failed\n` : '');

/** Prints a table of all runs, or one run. */
export async function status({ args: [id], flags, terminal }: Request<RunFlags>): Promise<number> {
  await using queue = await openFlagged(flags);
  const ids = id === undefined ? (await queue.board.list()).map((run) => run.id) : [id];
  const runs = await Promise.all(ids.map((one) => queue.status(one)));
  if (flags.json) {
    for (const run of runs) terminal.out(`${JSON.stringify(run)}\n`);
    return EXIT.success;
  }
  const rows = runs.map((run) => [
    ...[run.id, run.command, run.failed.length > 0 ? 'failed' : run.state, percent(run)],
    ...[`${run.ended}/${run.rows}`, String(run.broken), String(run.failed.length)],
  ]);
  const header = ['run', 'command', 'state', 'done', 'videos', 'broken', 'failed jobs'];
  terminal.out(
    rows.length === 0
      ? `queue ${queue.name} at ${queue.address}: no runs\n`
      : `${textTable(header, rows, new Set(['done', 'videos', 'broken', 'failed jobs']))}\n`,
  );
  for (const run of runs) terminal.err(failuresOf(run));
  return EXIT.success;
}

/** Milliseconds between looks; without a terminal a line is written each tenth of them. */
const LOOK_MS = 1000;
const LINES = 10;

/** Tells how far a run is until it has ended, and how: exit code 1 for broken videos, jobs that failed, or a cancellation. */
export async function watch({ args: [id], flags, terminal }: Request<RunFlags>): Promise<number> {
  await using queue = await openFlagged(flags);
  const name = id ?? (await queue.board.list()).at(-1)?.id ?? 'none';
  const first = await queue.status(name);
  const startedAt = Date.now();
  for (let look = 0; ; look++) {
    const run = await queue.status(name);
    const isStuck = run.failed.length > 0 && run.waiting === 0 && run.active === 0;
    const isOver = run.state !== 'running' || isStuck;
    show(run, first, startedAt, look % LINES === 0 || isOver, flags, terminal);
    if (isOver) {
      terminal.status?.('');
      return ended(run, terminal);
    }
    await sleep(LOOK_MS, undefined, { signal: terminal.signal });
  }
}

function show(
  run: RunStatus,
  first: RunStatus,
  startedAt: number,
  isLine: boolean,
  { json }: RunFlags,
  terminal: Terminal,
): void {
  const seconds = (Date.now() - startedAt) / 1000;
  const rate = seconds > 0 ? (run.ended - first.ended) / seconds : 0;
  if (json) {
    if (isLine) terminal.out(`${JSON.stringify({ ...run, rate })}\n`);
    return;
  }
  const rest = rate > 0 ? [`${clock((1000 * (run.rows - run.ended)) / rate)} left`] : [];
  const text = [
    `run ${run.id}  ${run.ended}/${run.rows} videos ${percent(run)}`,
    ...(rate > 0 ? [`${rate.toPrecision(2)} a second`] : []),
    ...(run.broken > 0 ? [`${run.broken} broken`] : []),
    `${run.active} jobs worked on, ${run.waiting} wait`,
    ...rest,
  ].join('  ');
  if (terminal.interactive) terminal.status?.(text);
  else if (isLine) terminal.err(`${text}\n`);
}

function ended(run: RunStatus, terminal: Terminal): number {
  terminal.err(failuresOf(run));
  if (run.state === 'done') {
    terminal.err(
      `run ${run.id}: done${run.broken > 0 ? `, ${run.broken} videos are broken` : ''}\n`,
    );
    return run.broken > 0 ? EXIT.failure : EXIT.success;
  }
  terminal.err(
    run.state === 'cancelled'
      ? `run ${run.id}: cancelled\n`
      : `run ${run.id}: stands still; \`slowfast queue retry ${run.id}\` does what failed again\n`,
  );
  return EXIT.failure;
}

/** Ends a run. */
export const cancel = changing(async (queue, id) => {
  await queue.cancel(id);
  return 'cancelled; what is done stays';
});

/** Does what failed again. */
export const retry = changing(
  async (queue, id) => `${await queue.retry(id)} jobs that failed are done again`,
);

function changing(change: (queue: VideoQueue, id: string) => Promise<string>) {
  return async ({ args: [id], flags, terminal }: Request<RunFlags>): Promise<number> => {
    await using queue = await openFlagged(flags);
    const text = await change(queue, id!);
    terminal.out(
      flags.json ? `${JSON.stringify(await queue.status(id!))}\n` : `run ${id}: ${text}\n`,
    );
    return EXIT.success;
  };
}
