/**
 * @file A folder of short clips through `slowfast classify`: use of the processor and memory over time, from the first
 * result on. Linux, as both are read from /proc. `node benchmarks/folder.mjs [clips] [option of classify...]`
 */
import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { keep, median, rounded } from './measure.mjs';

const MEDIA = fileURLToPath(new URL('../examples/media/ut-interaction/', import.meta.url));
const SLOWFAST = fileURLToPath(new URL('../packages/slowfast/bin/slowfast.js', import.meta.url));
const CORES = availableParallelism();
/** Linux counts processor time in hundredths of a second. */
const TICK_MS = 10;

/** Copies of the repository's short clips under names of their own. */
async function clipFolder(count) {
  const names = (await readdir(MEDIA, { recursive: true })).filter((name) =>
    /\.(mp4|avi)$/.test(name),
  );
  const folder = await mkdtemp(join(tmpdir(), 'slowfast-folder-'));
  for (let i = 0; i < count; i++) {
    const name = names[i % names.length];
    await cp(join(MEDIA, name), join(folder, `${String(i).padStart(3, '0')}${name.slice(-4)}`));
  }
  return folder;
}

/** Processor milliseconds and resident MiB of a process; undefined when it has ended. */
async function sample(pid) {
  try {
    // After the name, which may have spaces: field 14 and 15 are user and system time.
    const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1].split(' ');
    const cpu = (Number(fields[11]) + Number(fields[12])) * TICK_MS;
    const resident = /VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1];
    if (resident === undefined) return undefined;
    return { at: performance.now(), cpu, rss: Number(resident) / 1024 };
  } catch {
    return undefined;
  }
}

const [count = '50', ...options] = process.argv.slice(2);
const folder = await clipFolder(Number(count));
try {
  const child = spawn(process.execPath, [SLOWFAST, 'classify', folder, '--json', ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const results = [];
  child.stdout.setEncoding('utf8').on('data', (text) => {
    for (const line of text.split('\n').filter(Boolean))
      results.push({ at: performance.now(), line });
  });
  let code;
  child.on('close', (status) => (code = status));
  const samples = [];
  while (code === undefined) {
    const now = await sample(child.pid);
    if (now && results.length > 0) samples.push(now);
    await pause(100);
  }
  if (code !== 0) throw new Error(`classify ended with code ${code}`);
  // Without the end, where fewer clips are left than run at once.
  const until = results.at(-Math.min(CORES + 1, results.length)).at;
  const steady = samples.filter(({ at }) => at <= until);
  const [first, last] = [steady[0], steady.at(-1)];
  const third = Math.floor(steady.length / 3);
  const rss = (part) => median(part.map((at) => at.rss));
  await keep('folder', [
    {
      clips: results.length,
      options: options.join(' '),
      'seconds, steady': rounded((last.at - first.at) / 1000, 1),
      'clips a second': rounded(
        (results.length - 1) / ((results.at(-1).at - results[0].at) / 1000),
      ),
      'use of all cores': rounded((last.cpu - first.cpu) / (last.at - first.at) / CORES),
      'MiB, first third': rounded(rss(steady.slice(0, third)), 0),
      'MiB, last third': rounded(rss(steady.slice(-third)), 0),
      'peak, MiB': rounded(Math.max(...samples.map((at) => at.rss)), 0),
    },
  ]);
} finally {
  await rm(folder, { recursive: true });
}
