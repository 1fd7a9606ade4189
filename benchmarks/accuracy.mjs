/**
 * @file The accuracy of a recipe in the mean: of several seeds, or with each person or sequence left out in turn. Each run
 * has a folder of its own; started again, it goes on where it was stopped, and runs that are done are read.
 *
 * UT-Interaction, five seeds, and with each of the twenty sequences left out:
 * `node benchmarks/accuracy.mjs packages/models/assets/ut-interaction/config.yaml --data=DIR --out=ut --seeds=5`
 * `node benchmarks/accuracy.mjs packages/models/assets/ut-interaction/config.yaml --data=DIR --out=ut --leave-out=sequence`
 * Weizmann, each person left out, from scratch and from the model that comes along:
 * `node benchmarks/accuracy.mjs benchmarks/weizmann.yaml --data=DIR --out=weizmann --leave-out=person`
 * `node benchmarks/accuracy.mjs benchmarks/weizmann-tuned.yaml --data=DIR --out=tuned --leave-out=person`
 * DIR holds train.csv, test.csv and labels.txt, and for --leave-out clips.csv (file, label, and the column) with videos/.
 * `--backend=auto` is the default, whatever the recipe says. `--json` prints one object at the end, as a line does.
 */
import { spawn } from 'node:child_process';
import { access, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseTrainingConfig } from '@slowfast/training';

const [recipe, ...options] = process.argv.slice(2);
const option = (name, fallback) =>
  options.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3) ?? fallback;
const [data, out] = ['data', 'out'].map((name) => {
  const value = option(name);
  if (recipe && value) return resolve(value);
  throw new Error(`accuracy.mjs RECIPE --data=DIR --out=DIR: --${name} is missing`);
});
const leaveOut = option('leave-out');
const bin = fileURLToPath(new URL('../packages/slowfast/bin/slowfast.js', import.meta.url));

/** Lists by the name of a run: those of the data, or one for each value of a column of clips.csv. */
async function folds() {
  if (leaveOut === undefined) return [['', join(data, 'train.csv'), join(data, 'test.csv')]];
  const [header, ...rows] = (await readFile(join(data, 'clips.csv'), 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','));
  const labels = (await readFile(join(data, 'labels.txt'), 'utf8')).trimEnd().split('\n');
  const [file, label, group] = ['file', 'label', leaveOut].map((name) => header.indexOf(name));
  if (group < 0) throw new Error(`clips.csv: no column '${leaveOut}' among ${header.join(', ')}`);
  const list = (kept) =>
    kept
      .map((row) => `${join(data, 'videos', row[file])} ${labels.indexOf(row[label])}\n`)
      .join('');
  const all = [];
  for (const value of new Set(rows.map((row) => row[group]))) {
    const [train, test] = ['train', 'test'].map((name) =>
      join(out, 'lists', `${value}-${name}.csv`),
    );
    await mkdir(dirname(train), { recursive: true });
    await writeFile(train, list(rows.filter((row) => row[group] !== value)));
    await writeFile(test, list(rows.filter((row) => row[group] === value)));
    all.push([`${leaveOut}-${value}-`, train, test]);
  }
  return all;
}

const isThere = (path) =>
  access(path).then(
    () => true,
    () => false,
  );

/** Trains unless that is done; accuracy, videos and hours. */
async function run(name, config) {
  const folder = join(out, name);
  if (!(await isThere(join(folder, 'evaluation.json')))) {
    const path = join(out, `${name}.json`);
    await writeFile(path, JSON.stringify({ ...config, output: folder }));
    const files = await readdir(folder).catch(() => []);
    const resume = files.some((file) => file.startsWith('checkpoint-')) ? ['--resume'] : [];
    const child = spawn(process.execPath, [bin, 'train', path, ...resume], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const code = await new Promise((done) => child.on('close', done));
    if (code !== 0) throw new Error(`${name}: slowfast train ended with code ${code}`);
  }
  const { metrics } = JSON.parse(await readFile(join(folder, 'evaluation.json'), 'utf8'));
  const records = (await readFile(join(folder, 'metrics.jsonl'), 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const epochs = records.filter(({ kind }) => kind === 'epoch');
  const clips =
    (records.filter(({ kind }) => kind === 'step').length * config.train.batch) / epochs.length;
  const seconds = epochs.reduce((sum, { clipsPerSecond }) => sum + clips / clipsPerSecond, 0);
  return { name, top1: metrics.top1, videos: metrics.videos, hours: seconds / 3600 };
}

const source = await parseTrainingConfig(await readFile(recipe, 'utf8'), recipe);
const { weights } = source.model;
const model = {
  ...source.model,
  ...(weights ? { weights: resolve(dirname(recipe), weights) } : {}),
};
await mkdir(out, { recursive: true });
const runs = [];
for (const [name, train, test] of await folds()) {
  for (let seed = 1; seed <= Number(option('seeds', 1)); seed++) {
    const own = { ...source.data, train, test, labels: join(data, 'labels.txt') };
    const config = { ...source, model, seed, backend: option('backend', 'auto'), data: own };
    runs.push(await run(`${name}seed-${seed}`, config));
    console.log(JSON.stringify(runs.at(-1)));
  }
}
const videos = runs.reduce((sum, one) => sum + one.videos, 0);
const mean = runs.reduce((sum, one) => sum + one.top1 * one.videos, 0) / videos;
const spread = Math.sqrt(
  runs.reduce((sum, { top1 }) => sum + (top1 - mean) ** 2, 0) / Math.max(1, runs.length - 1),
);
const hours = runs.reduce((sum, one) => sum + one.hours, 0);
console.log(JSON.stringify({ runs: runs.length, videos, mean, spread, hours }));
