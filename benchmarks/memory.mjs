/**
 * @file The most memory of commands on what asks for much: hostile files, a folder of many videos, and an hour of `watch`
 * (raw H.264 of 30 frames a second, one second 3,600 times, taken as fast as it decodes). Linux, as memory is read from
 * /proc. `node benchmarks/memory.mjs [--videos 200] [--minutes 60] [--json]`; `watch` needs ffmpeg (FFMPEG_PATH).
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const SLOWFAST = at('packages/slowfast/bin/slowfast.js');
const CASES = at('packages/video/src/cases/');
const { values } = parseArgs({
  options: {
    videos: { type: 'string', default: '200' },
    minutes: { type: 'string', default: '60' },
    json: { type: 'boolean', default: false },
  },
});
const folder = await mkdtemp(join(tmpdir(), 'slowfast-memory-'));

/** Most resident MiB, seconds and exit code of a command. */
async function measured(what, args) {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [SLOWFAST, ...args], { stdio: 'ignore' });
  let peak = 0;
  const watch = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0));
    } catch {
      // It has ended.
    }
  }, 10);
  const [code] = await once(child, 'close');
  clearInterval(watch);
  const row = {
    what,
    peakMiB: Math.round(peak / 1024),
    seconds: Math.round((performance.now() - startedAt) / 100) / 10,
    code,
  };
  if (!values.json) {
    console.log(`${String(row.peakMiB).padStart(6)} MiB  ${row.seconds} s  exit ${code}  ${what}`);
  }
  return row;
}

/** `depth` tuples, each within the next. */
const nested = (depth) =>
  Buffer.concat([Buffer.from('\x80\x02)', 'latin1'), Buffer.alloc(depth, 0x85), Buffer.from('.')]);
/** So many strings of one byte. */
const strings = (count) =>
  Buffer.concat([
    Buffer.from('\x80\x03](', 'latin1'),
    ...Array(count).fill(Buffer.from('C\x01a', 'latin1')),
    Buffer.from('e.'),
  ]);
/** A safetensors file whose header names so many pathways. */
function pathways(count) {
  const names = Array.from({ length: count }, (_, i) => `p${i}.stem.conv.weight`);
  const entry = { dtype: 'F32', shape: [1], data_offsets: [0, 4] };
  const header = Buffer.from(
    JSON.stringify(
      Object.fromEntries(
        names.map((name, i) => [name, { ...entry, data_offsets: [4 * i, 4 * i + 4] }]),
      ),
    ),
  );
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, Buffer.alloc(4 * count)]);
}

async function written(name, bytes) {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

const VIDEO = at('examples/media/five-frames.mp4');
const VIEWS = ['--views', '1x1'];
/** A network whose frames keep their aspect ratio; the default one stretches them. */
const SQUARE = ['--model', 'slow-4x16-r50', '--weights', 'initialised'];
const rows = [];
try {
  for (const [what, name, bytes] of [
    ['pickle of 80,000 nested tuples', 'nested.pkl', nested(80_000)],
    ['pickle of 30,000 short strings', 'strings.pkl', strings(30_000)],
    ['safetensors of 1,200 pathways', 'pathways.safetensors', pathways(1200)],
  ]) {
    rows.push(await measured(what, ['classify', VIDEO, '--weights', await written(name, bytes)]));
  }
  const cyclic = await written('cyclic.yaml', 'a: &a\n  b: *a\n');
  rows.push(await measured('recipe that contains itself', ['train', cyclic]));
  const list = await written('list.txt', `${VIDEO} 1${'0'.repeat(20)}\n`);
  rows.push(await measured('list with a class of 21 digits', ['evaluate', '--data', list]));
  for (const name of ['long-and-narrow.mkv', 'no-size.m2ts']) {
    rows.push(
      await measured(`video ${name}`, ['classify', join(CASES, name), ...VIEWS, ...SQUARE]),
    );
  }
  rows.push(await measured('one video', ['classify', VIDEO, ...VIEWS]));
  const media = at('examples/media/ut-interaction/');
  const names = (await readdir(media)).filter((name) => /\.(?:avi|mp4)$/.test(name)).slice(0, 5);
  const many = await mkdtemp(join(folder, 'many-'));
  for (let i = 0; i < Number(values.videos); i++) {
    const name = names[i % names.length];
    await cp(join(media, name), join(many, `${i}${name.slice(-4)}`));
  }
  rows.push(await measured(`folder of ${values.videos} videos`, ['classify', many, ...VIEWS]));
  const second = await readFile(join(CASES, 'raw-30.h264'));
  // The file has two seconds.
  const film = await written(
    'film.h264',
    Buffer.concat(Array(Number(values.minutes) * 30).fill(second)),
  );
  for (const minutes of [Number(values.minutes) / 10, Number(values.minutes)]) {
    const part = await written(
      'part.h264',
      (await readFile(film)).subarray(0, Math.round(second.length * minutes * 30)),
    );
    rows.push(
      await measured(`watch of ${minutes} minutes`, ['watch', part, '--fast', '--every', '10']),
    );
  }
  if (values.json) console.log(JSON.stringify(rows));
} finally {
  await rm(folder, { recursive: true, force: true });
}
