/**
 * @file The paper's question in small: what the second pathway and each lateral connection bring, by training
 * each variant on UT-Interaction with several seeds. Writes docs/ablation.md and docs/ablation.svg.
 * `node benchmarks/ablation.mjs DATA OUTPUT [--seeds 1,2,3] [--backend wasm] [--parallel 1]`
 *
 * DATA has train.csv, test.csv and labels.txt; OUTPUT keeps every run, and runs that are done are not repeated.
 */
import { spawn } from 'node:child_process';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { format } from 'prettier';

/** In the order of the paper's Table 5b. */
const VARIANTS = [
  { name: 'Slow-only', model: { kind: 'slow' } },
  { name: 'Fast-only', model: { kind: 'fast' } },
  { name: 'SlowFast, no lateral', model: { lateral: 'none' } },
  { name: 'SlowFast, TtoC-sum', model: { lateral: 'ttoc-sum' } },
  { name: 'SlowFast, TtoC-concat', model: { lateral: 'ttoc-concat' } },
  { name: 'SlowFast, T-sample', model: { lateral: 't-sample' } },
  { name: 'SlowFast, T-conv', model: { lateral: 't-conv' } },
];

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: 'string', default: '1,2,3' },
    backend: { type: 'string', default: 'wasm' },
    parallel: { type: 'string', default: '1' },
  },
});
if (positionals.length !== 2) {
  console.error('usage: node benchmarks/ablation.mjs DATA OUTPUT [--seeds 1,2,3] [--backend wasm]');
  process.exit(2);
}
const [data, output] = positionals.map((path) => resolve(path));
const seeds = flags.seeds.split(',').map(Number);

function recipe({ model }, seed, folder) {
  return {
    name: 'ablation',
    output: folder,
    seed,
    backend: flags.backend,
    data: {
      train: join(data, 'train.csv'),
      test: join(data, 'test.csv'),
      labels: join(data, 'labels.txt'),
      frames: 16,
      stride: 4,
      fps: 30,
      size: [64, 80],
      aspect: 'stretch',
      scale: [1, 1.25],
      colour: { brightness: 0.2, contrast: 0.2, saturation: 0.2 },
      workers: 2,
      prefetch: 8,
    },
    model: {
      depth: 18,
      width: 12,
      alpha: 4,
      beta: 0.25,
      dropout: 0.2,
      ...model,
      zeroInitialNorm: false,
    },
    train: {
      epochs: 25,
      batch: 8,
      ema: 0.98,
      preciseBatchNorm: 10,
      schedule: { kind: 'cosine', lr: 2e-3, warmupEpochs: 2 },
      optimizer: { kind: 'adamw', weightDecay: 0.01 },
      loss: { labelSmoothing: 0.1 },
    },
    evaluate: { every: 25, clips: 1, finalClips: 10 },
    checkpoint: { keep: 1, epochs: 25 },
  };
}

/** The summary of a run: of a former one where there is one. */
async function runOf(variant, seed) {
  const name = `${variant.name.toLowerCase().replace(/[^a-z]+/g, '-')}-${seed}`;
  const summary = join(output, `${name}.json`);
  const found = await readFile(summary, 'utf8').catch(() => undefined);
  if (found) return JSON.parse(found);
  const config = join(output, `${name}.config.json`);
  const folder = join(output, `${name}-${Date.now()}`);
  await writeFile(config, JSON.stringify(recipe(variant, seed, folder)));
  const cli = fileURLToPath(new URL('../packages/slowfast/bin/slowfast.js', import.meta.url));
  const child = spawn(process.execPath, [cli, 'train', config, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (out += text));
  const code = await new Promise((done) => child.on('close', done));
  if (code !== 0) throw new Error(`${name}: slowfast train ended with code ${code}`);
  await replace(summary, out);
  console.error(`${name}: top-1 ${JSON.parse(out).evaluation.metrics.top1.toFixed(3)}`);
  return JSON.parse(out);
}

async function replace(path, text) {
  await writeFile(`${path}.tmp`, text);
  await rename(`${path}.tmp`, path);
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const deviation = (values) => {
  if (values.length < 2) return 0;
  const middle = mean(values);
  return Math.sqrt(values.reduce((sum, v) => sum + (v - middle) ** 2, 0) / (values.length - 1));
};
const percent = (value) => (100 * value).toFixed(1);

function rowOf({ name }, runs) {
  const top1 = runs.map(({ evaluation }) => evaluation.metrics.top1);
  const { parameters, multiplyAdds } = runs[0];
  return { name, top1, mean: mean(top1), deviation: deviation(top1), parameters, multiplyAdds };
}

function table(rows) {
  const lines = rows.map(
    (row) =>
      `| ${row.name} | ${percent(row.mean)} | ${percent(row.deviation)} | ${row.top1.map(percent).join(', ')} | ` +
      `${(row.multiplyAdds / 1e6).toFixed(1)} | ${(row.parameters / 1e3).toFixed(0)} |`,
  );
  return [
    '| variant | top-1, % | deviation | seeds | multiply-adds, M | parameters, k |',
    '|---|---:|---:|---|---:|---:|',
    ...lines,
  ].join('\n');
}

/** Accuracy over cost: a dot a seed, a bar for the mean. */
function plot(rows) {
  const [width, height, left, right, top, bottom] = [720, 380, 60, 20, 30, 50];
  const costs = rows.map((row) => row.multiplyAdds / 1e6);
  const most = Math.max(...costs) * 1.15;
  const all = rows.flatMap((row) => row.top1);
  const low = Math.floor((Math.min(...all) - 0.03) * 10) / 10;
  const x = (cost) => left + (cost / most) * (width - left - right);
  const y = (value) => top + ((1 - value) / (1 - low)) * (height - top - bottom);
  const text = (px, py, content, anchor = 'middle', size = 12) =>
    `<text x="${px.toFixed(1)}" y="${py.toFixed(1)}" text-anchor="${anchor}" font-size="${size}">${content}</text>`;
  const ticks = [];
  for (let value = low; value < 1.001; value += 0.1) {
    ticks.push(
      `<line x1="${left}" x2="${width - right}" y1="${y(value)}" y2="${y(value)}" stroke="#ddd"/>`,
      text(left - 8, y(value) + 4, percent(value).replace('.0', ''), 'end'),
    );
  }
  const step = most > 120 ? 40 : 20;
  for (let cost = 0; cost < most; cost += step)
    ticks.push(text(x(cost), height - bottom + 18, cost));
  const colours = ['#888', '#b58900', '#333', '#2aa198', '#268bd2', '#6c71c4', '#d33682'];
  const marks = rows.map((row, i) => {
    // Variants of nearly the same cost would hide each other: they are spread by their order.
    const px = x(costs[i]) + (i < 2 ? 0 : (i - 4) * 12);
    const dots = row.top1.map(
      (value) =>
        `<circle cx="${px}" cy="${y(value)}" r="4" fill="${colours[i]}" fill-opacity="0.6"/>`,
    );
    const bar = `<line x1="${px - 9}" x2="${px + 9}" y1="${y(row.mean)}" y2="${y(row.mean)}" stroke="${colours[i]}" stroke-width="3"/>`;
    const legend =
      `<circle cx="${left + 16}" cy="${top + 14 + i * 17 - 4}" r="5" fill="${colours[i]}"/>` +
      text(left + 28, top + 14 + i * 17, row.name, 'start');
    return [...dots, bar, legend].join('');
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif">` +
    `<rect width="${width}" height="${height}" fill="#fff"/>${ticks.join('')}${marks.join('')}` +
    text((left + width) / 2, height - 10, 'multiply-adds of one clip, M') +
    text(left - 44, 18, 'top-1, %', 'start') +
    '</svg>\n'
  );
}

await mkdir(output, { recursive: true });
const waiting = seeds.flatMap((seed) => VARIANTS.map((variant) => ({ variant, seed })));
await Promise.all(
  Array.from({ length: Number(flags.parallel) }, async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      await runOf(next.variant, next.seed);
    }
  }),
);
const rows = [];
for (const variant of VARIANTS) {
  rows.push(rowOf(variant, await Promise.all(seeds.map((seed) => runOf(variant, seed)))));
}
console.table(
  rows.map(({ name, mean: m, deviation: d }) => ({
    name,
    'top-1': percent(m),
    deviation: percent(d),
  })),
);
const docs = new URL('../docs/', import.meta.url);
await replace(fileURLToPath(new URL('ablation.svg', docs)), plot(rows));
await replace(join(output, 'table.md'), await format(table(rows), { parser: 'markdown' }));
console.log(`The table is ${join(output, 'table.md')}, the plot docs/ablation.svg`);
