/** @file `slowfast queue work`: does what is in a queue, until it is told to end. */
import { join } from 'node:path';
import { writeTextAtomic } from '@slowfast/core';
import type { RunWork, WorkerEvent } from '@slowfast/queue';
import { fileHash } from '../../files/file-hash.js';
import { AVA_RUN, mergeAva } from '../../shards/ava-run.js';
import { mergeEvaluation, summaryObject } from '../../shards/evaluation-run.js';
import { checkWhole, writeListedResults } from '../../shards/listed-results.js';
import { openRun, RUNS, type Run } from '../../shards/run.js';
import { workShard } from '../../shards/work-shard.js';
import { avaText } from '../ava-text.js';
import type { RuntimeFlags } from '../compile.js';
import type { Request } from '../declaration.js';
import { EXIT } from '../exit.js';
import { statusLine } from '../progress.js';
import type { Terminal } from '../terminal.js';
import { openCommandWork, type CommandWork } from './command-work.js';
import { openFlagged, queuePackage, type QueueFlags } from './package.js';

interface WorkFlags extends QueueFlags, RuntimeFlags {
  readonly results: string;
  readonly lock: number;
  readonly untilEmpty?: boolean;
  readonly metricsPort?: number;
  readonly metricsHost: string;
  readonly json?: boolean;
}

/** Models that are kept open: of two runs, shards come in turn. */
const MODELS = 2;

/** Works until Ctrl-C or SIGTERM, or until the queue is empty. */
export async function work({ flags, terminal }: Request<WorkFlags>): Promise<number> {
  const { openInput, workerMetrics, workQueue } = await queuePackage();
  await using queue = await openFlagged(flags);
  await using metrics =
    flags.metricsPort === undefined
      ? undefined
      : await workerMetrics(queue, { port: flags.metricsPort, host: flags.metricsHost });
  const models = openModels(flags, terminal);
  const runWork: RunWork = {
    async shard({ run: { id, shards }, index, from, to, signal, mayBegin, ended }) {
      const { run, command } = await models.of(id);
      return workShard(
        run,
        { index, count: shards, from, to },
        {
          limit: command.limit,
          mayBegin,
          onEnd: (row, isBroken, seconds) => ended(row, isBroken ? 'broken' : 'done', seconds),
          async work(row, onContent) {
            await using input = await openInput(row.file, { signal });
            // The whole of it: a part, or a size, does not tell a video that was exchanged. One that is not there is told
            // by who opens it.
            const sha256 = await fileHash(input.path, signal).catch(() => undefined);
            if (sha256 !== undefined) onContent(sha256);
            return await command.work(row, input.path, signal);
          },
        },
      );
    },
    reduce: ({ id }) => reduce(flags.results, id),
  };
  const log = teller(flags, terminal);
  terminal.err(
    `queue ${queue.name} at ${queue.address}: working${metrics ? `, numbers at ${metrics.url}` : ''}\n`,
  );
  try {
    await workQueue(queue, runWork, {
      signal: terminal.signal,
      lockSeconds: flags.lock,
      untilEmpty: flags.untilEmpty === true,
      onEvent: (event) => {
        metrics?.count(event);
        log.tell(event);
      },
    });
    return EXIT.success;
  } finally {
    log.end();
    await models[Symbol.asyncDispose]();
  }
}

/** Sums a run up in its folder: `summary.json` as `slowfast merge --json` prints it, or `results.jsonl`. */
async function reduce(results: string, id: string): Promise<void> {
  const opened = await openRun(results, id);
  const run = { ...opened, folders: [opened.folder] };
  if (run.command === 'evaluate') {
    const { summary, ...completeness } = await mergeEvaluation(run);
    checkWhole(run, completeness);
    const text = `${JSON.stringify(summaryObject(summary))}\n`;
    return writeTextAtomic(join(run.folder, 'summary.json'), text);
  }
  if (run.command === AVA_RUN) {
    const { summary, ...completeness } = await mergeAva(run);
    checkWhole(run, completeness);
    return writeTextAtomic(join(run.folder, 'summary.json'), await avaText(summary!, true));
  }
  const { videos, broken } = await writeListedResults(run);
  const summary = { summary: true, command: run.command, videos, broken };
  await writeTextAtomic(join(run.folder, 'summary.json'), `${JSON.stringify(summary)}\n`);
}

interface OpenModel {
  readonly run: Run;
  readonly command: CommandWork;
}

/** Models by their runs, the last few of them open. */
function openModels(flags: WorkFlags, terminal: Terminal) {
  const open = new Map<string, OpenModel>();
  const { provider, backend, threads, jobs, tune, lowering } = flags;
  const runtime = { provider, backend, threads, jobs, tune, lowering } as RuntimeFlags;
  // Loading is not ended by the signal that ends work: the video in hand is finished.
  const unhurried: Terminal = { ...terminal, signal: new AbortController().signal };
  const close = async (id: string): Promise<void> => {
    const { command } = open.get(id)!;
    open.delete(id);
    await command[Symbol.asyncDispose]();
  };
  return {
    async of(id: string): Promise<OpenModel> {
      const work = open.get(id);
      if (work) {
        open.delete(id);
        open.set(id, work);
        return work;
      }
      const run = await openRun(flags.results, id);
      while (open.size >= MODELS) await close([...open.keys()][0]!);
      const opened = { run, command: await openCommandWork(run, runtime, unhurried) };
      open.set(id, opened);
      return opened;
    },
    async [Symbol.asyncDispose](): Promise<void> {
      for (const id of [...open.keys()]) await close(id);
    },
  };
}

/** Tells what happens: a line a shard, and a status line with a rate. */
function teller({ json, results }: WorkFlags, terminal: Terminal) {
  const line = statusLine(terminal);
  let [videos, broken] = [0, 0];
  return {
    tell(event: WorkerEvent): void {
      if (event.kind === 'video') {
        videos += 1;
        if (event.outcome === 'broken') broken += 1;
        line.draw(() => [
          `${videos} videos`,
          `${((1000 * videos) / line.elapsed()).toPrecision(2)} a second`,
          ...(broken > 0 ? [`${broken} broken`] : []),
        ]);
        return;
      }
      line.end();
      if (json) terminal.out(`${JSON.stringify(event)}\n`);
      const text = textOf(event, results);
      if (text !== undefined) terminal.err(`${text}\n`);
    },
    end: () => line.end(),
  };
}

const OUTCOMES = { done: 'done', rest: 'given back', failed: 'failed' };

function textOf(event: WorkerEvent, results: string): string | undefined {
  switch (event.kind) {
    case 'video':
      return undefined;
    case 'shard':
      return `run ${event.run}, job ${event.index}: ${OUTCOMES[event.outcome]}${event.reason ? `: ${event.reason}` : ''}`;
    case 'reduction':
      return `run ${event.run}: done, ${join(results, RUNS, event.run, 'summary.json')}`;
    case 'stalled':
      return 'a job whose worker does not answer goes to another';
    case 'connection':
      return event.isThere
        ? 'the server is there again'
        : `warning: the server is gone, tried again: ${event.reason}`;
  }
}
