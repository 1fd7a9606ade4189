/**
 * @file The queue against one process, and against its own length: `node benchmarks/queue.mjs [--videos 100000]
 * [--clips 48] [--rounds 3] [--json]`. Needs redis-server on the PATH. Videos that take a millisecond show what the queue
 * costs; real clips through `slowfast` show two workers of a thread each against one process of two.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openQueue, workQueue } from '@slowfast/queue';
import { mergeEvaluation, scoresResult } from '../packages/slowfast/dist/shards/evaluation-run.js';
import { makeRun, openRun } from '../packages/slowfast/dist/shards/run.js';
import { workShard } from '../packages/slowfast/dist/shards/work-shard.js';
import { inChild, keep, median, rounded, runTask, timed } from './measure.mjs';

const SLOWFAST = fileURLToPath(new URL('../packages/slowfast/bin/slowfast.js', import.meta.url));
const MEDIA = fileURLToPath(new URL('../examples/media/ut-interaction/', import.meta.url));
const CLASSES = 400;
const PORT = 7399;
const REDIS = `redis://127.0.0.1:${PORT}`;
const WORKERS = 2;
const PER_JOB = 32;

/** What a video of a millisecond comes to: as many bytes as an evaluation of Kinetics keeps. */
async function fakeWork(row) {
  await pause(1);
  const number = Number(row.file.slice(1));
  const scores = Float32Array.from(
    { length: CLASSES },
    (_, i) => ((number * 31 + i * 17) % 997) / 997,
  );
  const timing = { total: 1, inference: 1, waiting: 0 };
  return scoresResult({ scores, views: '1x1', warnings: [], timing });
}

/** Opens the queue for as long as a task takes. */
async function withQueue(task) {
  const queue = await openQueue({ redis: REDIS });
  try {
    return await task(queue);
  } finally {
    await queue[Symbol.asyncDispose]();
  }
}

const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

async function fakeWorker(queue, results, id) {
  const run = await openRun(results, id);
  const rss = [];
  const sampling = setInterval(() => rss.push(process.memoryUsage.rss() / 2 ** 20), 1000);
  const startedAt = cpuMs();
  let videos = 0;
  await workQueue(
    queue,
    {
      shard: ({ index, from, to, ended, mayBegin, run: { shards } }) =>
        workShard(
          run,
          { index, count: shards, from, to },
          {
            work: fakeWork,
            limit: 1,
            mayBegin,
            onEnd: (row, isBroken, seconds) => {
              videos += 1;
              ended(row, isBroken ? 'broken' : 'done', seconds);
            },
          },
        ),
      reduce: async () => undefined,
    },
    { signal: new globalThis.AbortController().signal, untilEmpty: true },
  );
  clearInterval(sampling);
  const half = Math.floor(rss.length / 2);
  return {
    videos,
    cpuMs: cpuMs() - startedAt,
    rssThen: median(rss.slice(0, half)),
    rssNow: median(rss.slice(half)),
  };
}

const TASKS = {
  /** Adds a run of fake videos. */
  async add({ results, videos }) {
    const rows = Array.from({ length: videos }, (_, i) => ({
      file: `v${i}`,
      labels: [i % CLASSES],
    }));
    const about = {
      model: 'fake',
      data: 'fake',
      views: '1x1',
      multiLabel: false,
      labels: null,
      settings: {},
    };
    const { id } = await makeRun(results, 'evaluate', rows, about);
    const before = process.memoryUsage.rss();
    const request = { id, command: 'evaluate', rows: videos, size: PER_JOB, window: 1024 };
    const ms = await timed(() => withQueue((queue) => queue.add(request)));
    const seconds = ms / 1000;
    return { id, seconds, grownMiB: (process.memoryUsage.rss() - before) / 2 ** 20 };
  },
  /** Does fake videos until there are no more. */
  work: ({ results, id }) => withQueue((queue) => fakeWorker(queue, results, id)),
  /** The same videos in a plain loop. */
  async loop({ videos }) {
    const startedAt = cpuMs();
    const ms = await timed(async () => {
      for (let i = 0; i < videos; i++) await fakeWork({ file: `v${i}` });
    });
    return { ms: ms / videos, cpuMs: (cpuMs() - startedAt) / videos };
  },
  async reduce({ results, id }) {
    const run = await openRun(results, id);
    let merged;
    const ms = await timed(async () => {
      merged = await mergeEvaluation({ ...run, folders: [run.folder] });
    });
    const { missing, double, summary } = merged;
    if (missing.length + double.length > 0) throw new Error('a video is missing or double');
    return { ms, videos: summary.metrics.videos };
  },
};

const field = (text, name) => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(text)[1]);

/** Fake videos through two workers: what the queue adds to each, and what memory does meanwhile. */
const fakeRun = (folder, videos) => withQueue((queue) => measuredRun(queue, folder, videos));

async function measuredRun(queue, folder, videos) {
  const results = join(folder, `fake-${videos}`);
  const plain = await Promise.all(
    Array.from({ length: WORKERS }, () => inChild(import.meta.url, 'loop', { videos: 3000 })),
  );
  const added = await inChild(import.meta.url, 'add', { results, videos });
  const before = await queue.redis.info();
  const memory = [];
  let isOver = false;
  const sampling = (async () => {
    while (!isOver) {
      memory.push(field(await queue.redis.info('memory'), 'used_memory') / 2 ** 20);
      await pause(500);
    }
  })();
  let workers;
  // The second that a worker waits to find the queue empty is no work.
  const ms =
    (await timed(async () => {
      workers = await Promise.all(
        Array.from({ length: WORKERS }, () =>
          inChild(import.meta.url, 'work', { results, id: added.id }),
        ),
      );
    })) - 1000;
  isOver = true;
  await sampling;
  const after = await queue.redis.info();
  const difference = (name) => field(after, name) - field(before, name);
  const third = Math.floor(memory.length / 3);
  const reduction = await inChild(import.meta.url, 'reduce', { results, id: added.id });
  const alone = median(plain.map((one) => one.ms));
  return {
    videos,
    'ms a video, plain loop': rounded(alone, 3),
    'ms a video, queue': rounded((ms * WORKERS) / videos, 3),
    'overhead ms a video': rounded((ms * WORKERS) / videos - alone, 3),
    'processor ms a video in a worker': rounded(
      workers.reduce((sum, one) => sum + one.cpuMs, 0) / videos -
        median(plain.map((one) => one.cpuMs)),
      3,
    ),
    'processor ms a video in Redis': rounded(
      (1000 * (difference('used_cpu_user') + difference('used_cpu_sys'))) / videos,
      4,
    ),
    'commands a video': rounded(difference('total_commands_processed') / videos, 2),
    'Redis MiB, first third': rounded(median(memory.slice(0, third))),
    'Redis MiB, last third': rounded(median(memory.slice(-third))),
    'worker MiB, first half': rounded(median(workers.map((one) => one.rssThen)), 0),
    'worker MiB, second half': rounded(median(workers.map((one) => one.rssNow)), 0),
    'producer seconds': rounded(added.seconds, 3),
    'producer MiB more': rounded(added.grownMiB, 1),
    'reduction ms a video': rounded(reduction.ms / videos, 4),
    'reduction peak MiB': reduction.peakMiB,
  };
}

/** Videos a second between the first and the last eighth, which start and end with idle threads. */
function rateOf(times) {
  const from = Math.ceil(times.length / 8);
  const to = times.length - 1 - from;
  return (1000 * (to - from)) / (times[to] - times[from]);
}

async function oneProcess(list) {
  const args = ['evaluate', '--data', list, '--threads', '2', '--json'];
  const child = spawn(process.execPath, [SLOWFAST, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const times = [];
  child.stdout.setEncoding('utf8').on('data', (text) => {
    for (const line of text.split('\n'))
      if (line.startsWith('{"file"')) times.push(performance.now());
  });
  await once(child, 'close');
  return rateOf(times);
}

async function twoWorkers(list, results) {
  const at = ['--redis', REDIS, '--results', results];
  const start = (...args) =>
    spawn(process.execPath, [SLOWFAST, 'queue', ...args, ...at, '--json'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  const add = start('add', 'evaluate', '--data', list, '--per-job', '4');
  let text = '';
  add.stdout.on('data', (chunk) => (text += chunk));
  await once(add, 'close');
  const { run, videos } = JSON.parse(text);
  return withQueue((queue) => rateOfTwo(queue, run, videos, start));
}

async function rateOfTwo(queue, run, videos, start) {
  const workers = [1, 2].map(() => start('work', '--threads', '1', '--until-empty'));
  const ends = Promise.all(workers.map((worker) => once(worker, 'close')));
  for (const worker of workers) worker.stdout.resume();
  const times = [];
  while (times.length < videos) {
    const { ended } = await queue.board.progress(run);
    while (times.length < ended) times.push(performance.now());
    await pause(10);
  }
  await ends;
  return rateOf(times);
}

async function clipList(folder, count) {
  const names = (await readdir(MEDIA)).filter((name) => name.endsWith('.avi'));
  for (let i = 0; i < count; i++) {
    await symlink(join(MEDIA, names[i % names.length]), join(folder, `${i}.avi`));
  }
  const list = join(folder, 'list.csv');
  await writeFile(list, Array.from({ length: count }, (_, i) => `${i}.avi ${i % 6}`).join('\n'));
  return list;
}

async function throughput(folder, clips, rounds) {
  const list = await clipList(folder, clips);
  const pairs = [];
  for (let round = 0; round < rounds; round++) {
    const one = await oneProcess(list);
    const two = await twoWorkers(list, join(folder, `results-${round}`));
    // The run's name is made of the list: it is forgotten, so that the next round is a run again.
    await withQueue((queue) => queue.redis.flushall());
    pairs.push({ one, two, ratio: two / one });
  }
  return {
    clips,
    'one process of two threads, clips a second': rounded(median(pairs.map(({ one }) => one))),
    'two workers of one thread, clips a second': rounded(median(pairs.map(({ two }) => two))),
    ratio: rounded(median(pairs.map(({ ratio }) => ratio)), 3),
    ratios: pairs.map(({ ratio }) => rounded(ratio, 3)).join(' '),
  };
}

if (!(await runTask(TASKS))) {
  const { values } = parseArgs({
    options: {
      videos: { type: 'string', default: '100000' },
      clips: { type: 'string', default: '48' },
      rounds: { type: 'string', default: '3' },
      json: { type: 'boolean', default: false },
    },
  });
  const folder = await mkdtemp(join(tmpdir(), 'slowfast-queue-'));
  const server = spawn(
    'redis-server',
    ['--port', `${PORT}`, '--dir', folder, '--save', '', '--appendonly', 'yes'],
    {
      stdio: 'ignore',
    },
  );
  try {
    await pause(1000);
    const rows = [];
    const videos = Number(values.videos);
    if (videos > 0)
      rows.push(await fakeRun(folder, Math.ceil(videos / 10)), await fakeRun(folder, videos));
    if (Number(values.clips) > 0) {
      rows.push(await throughput(folder, Number(values.clips), Number(values.rounds)));
    }
    await keep('queue', rows);
    if (values.json)
      console.log(await readFile(new URL('results/queue.json', import.meta.url), 'utf8'));
  } finally {
    server.kill();
    await once(server, 'exit');
    await rm(folder, { recursive: true, force: true });
  }
}
