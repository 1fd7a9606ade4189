/**
 * @file Ends commands by force (SIGKILL) at random moments, looks at what they left, and runs them again:
 * `node tools/kill.js [train|evaluate|features|convert|export|all] [--count N] [--seed S] [--json]`, after a build.
 *
 * A file under its own name has to be whole, and after the next run everything has to be as if nothing had been.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { clearTimeout, setTimeout } from 'node:timers';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeVideo } from '@slowfast/video';
import { randomOf } from './fuzz/random.js';

const BIN = fileURLToPath(new URL('../packages/slowfast/bin/slowfast.js', import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});

const SIDE = 32;
const folder = await mkdtemp(join(tmpdir(), 'slowfast-kill-'));

/** Four small videos, their list, and the recipe of a network that trains in a second. */
async function prepare() {
  for (const i of [0, 1, 2, 3]) {
    const frames = Array.from({ length: 12 }, (_, t) => ({
      ...{ width: SIDE, height: SIDE },
      data: new Uint8Array(SIDE * SIDE * 3).fill(40 + 50 * i + t),
    }));
    await writeVideo(join(folder, `${i}.mp4`), frames, { width: SIDE, height: SIDE, fps: 30 });
  }
  await writeFile(join(folder, 'list.csv'), '0.mp4 0\n1.mp4 1\n2.mp4 0\n3.mp4 1\n');
}

async function recipe(output) {
  const path = `${output}.json`;
  const config = {
    ...{ name: 'small', output, backend: 'auto' },
    data: { train: join(folder, 'list.csv'), frames: 4, stride: 1, size: SIDE, workers: 0 },
    model: { width: 4, alpha: 2, beta: 0.5 },
    train: { epochs: 2, batch: 1, schedule: { lr: 0.01 }, ema: 0.9 },
    checkpoint: { steps: 1 },
  };
  await writeFile(path, JSON.stringify(config));
  return path;
}

const weights = () => ['--weights', join(folder, 'trained', 'final.safetensors')];
const videos = [0, 1, 2, 3].map((i) => join(folder, `${i}.mp4`));

/** How each command writes to a folder, and which of its files are the same in every run. */
const COMMANDS = {
  train: {
    args: async (out, again) => [
      ...['train', await recipe(join(out, 'run'))],
      ...(again && (await files(out)).some((name) => /checkpoint|step/.test(name))
        ? ['--resume']
        : []),
    ],
    isSame: (name) => /(?:final\.safetensors|\.onnx)$/.test(name),
  },
  evaluate: {
    args: (out) => [
      ...['evaluate', '--data', join(folder, 'list.csv'), ...weights(), '--views', '2x1'],
      ...['--results', join(out, 'results'), '--json'],
    ],
    isSame: () => false,
    isJson: true,
  },
  features: {
    args: (out) => [
      'features',
      ...videos,
      ...weights(),
      '--stride',
      '1',
      '-o',
      join(out, 'features'),
    ],
    isSame: (name) => name.endsWith('.npz'),
  },
  convert: {
    args: (out) => [
      ...['convert', join(folder, 'trained', 'final.safetensors')],
      ...['-o', join(out, 'converted.safetensors')],
    ],
    isSame: () => true,
  },
  export: {
    args: (out) => ['export', ...weights(), '-o', join(out, 'model.onnx')],
    isSame: () => true,
  },
};

const names =
  positionals.includes('all') || positionals.length === 0 ? Object.keys(COMMANDS) : positionals;
const unknown = names.filter((name) => !Object.hasOwn(COMMANDS, name));
if (unknown.length > 0) {
  console.error(
    `expected ${Object.keys(COMMANDS).join(', ')} or all, received ${unknown.join(', ')}`,
  );
  process.exit(2);
}

/** Runs the command, to its end or for so many milliseconds. */
async function run(args, limit) {
  const child = spawn(process.execPath, [BIN, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, SLOWFAST_CONFIG: '' },
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (data) => (out += data));
  child.stderr.on('data', (data) => (err += data));
  const timer = limit === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), limit);
  const startedAt = performance.now();
  const [code, signal] = await once(child, 'close');
  clearTimeout(timer);
  return { code, killed: signal === 'SIGKILL', out, err, ms: performance.now() - startedAt };
}

/** Paths below a folder. */
async function files(path) {
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(path.length + 1))
    .sort();
}

const isTemporary = (name) => /\.tmp$|\.part$|\.lock$/.test(name);

/** What is wrong with the files of a folder, given the whole ones. */
async function faults(path, { isSame, isJson }, whole) {
  const wrong = [];
  for (const name of await files(path)) {
    if (isTemporary(name)) continue;
    const bytes = await readFile(join(path, name));
    if (isSame(name)) {
      const hash = createHash('sha256').update(bytes).digest('hex');
      if (whole.get(name) !== hash) wrong.push(`${name} is not whole: ${bytes.length} bytes`);
    } else if (isJson && name.endsWith('.json')) {
      try {
        JSON.parse(bytes.toString());
      } catch {
        wrong.push(`${name} is no JSON`);
      }
    }
  }
  return wrong;
}

async function hashes(path, { isSame }) {
  const found = new Map();
  for (const name of (await files(path)).filter(isSame)) {
    found.set(
      name,
      createHash('sha256')
        .update(await readFile(join(path, name)))
        .digest('hex'),
    );
  }
  return found;
}

/** The end of a run that two runs have in common: the summary of an evaluation. */
const ending = ({ out }, { isJson }) => (isJson ? out.trim().split('\n').at(-1) : '');

async function series(name, count) {
  const command = COMMANDS[name];
  const reference = join(folder, name);
  await mkdir(reference);
  const first = await run(await command.args(reference, false));
  if (first.code !== 0) throw new Error(`${name}: ${first.err}`);
  const whole = await hashes(reference, command);
  let { ms } = first;
  const failures = [];
  let [killed, leftovers] = [0, 0];
  // Some runs are over before their moment.
  for (let number = 0; killed < count && number < 4 * count; number++) {
    const random = randomOf(Number(values.seed), number);
    const out = join(folder, `${name}-${number}`);
    await mkdir(out);
    const moment = Math.round((random.below(10_000) / 10_000) * ms);
    const stopped = await run(await command.args(out, false), moment);
    if (stopped.killed) killed += 1;
    else ms = Math.min(ms, stopped.ms);
    const wrong = await faults(out, command, whole);
    const again = await run(await command.args(out, true));
    // A run that was over before it could be killed is there already.
    const isOver = !stopped.killed && name === 'train';
    if (again.code !== 0 && !isOver)
      wrong.push(`the next run ends with ${again.code}: ${again.err.trim()}`);
    wrong.push(...(await faults(out, command, whole)));
    const present = new Set(await files(out));
    const missing = [...whole.keys()].filter((file) => !present.has(file));
    if (missing.length > 0) wrong.push(`${missing.join(', ')} missing at the end`);
    if (!isOver && ending(again, command) !== ending(first, command)) wrong.push('another summary');
    leftovers += (await files(out)).filter(isTemporary).length;
    if (wrong.length > 0)
      failures.push(`${name} ${number}, after ${moment} ms: ${wrong.join('; ')}`);
    await rm(out, { recursive: true });
  }
  return { command: name, count, killed, runMs: Math.round(ms), leftovers, failures };
}

try {
  await prepare();
  const trained = await run(['train', await recipe(join(folder, 'trained'))]);
  if (trained.code !== 0) throw new Error(trained.err);
  const report = [];
  for (const name of names) {
    const result = await series(name, Number(values.count));
    report.push(result);
    const { killed, runMs, leftovers, failures, count } = result;
    if (!values.json) {
      console.log(
        `${name}: ${killed} of ${count} runs of ${runMs} ms killed, ${failures.length} failures, ${leftovers} temporary files left`,
      );
    }
    for (const text of failures) console.error(text);
  }
  if (values.json) console.log(JSON.stringify(report));
  process.exitCode = report.some(({ failures }) => failures.length > 0) ? 1 : 0;
} finally {
  await rm(folder, { recursive: true, force: true });
}
