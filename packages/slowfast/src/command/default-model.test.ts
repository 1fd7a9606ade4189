/** @file The trained model that comes with the package: its card's numbers, repeated on the clips that are here. */
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { graphCost } from '@slowfast/core';
import { DEFAULT_WEIGHTS } from '@slowfast/models';
import { loadModel } from '@slowfast/checkpoints';
import { slowfast } from './testing/run-slowfast.js';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const UT = join(root, 'examples/media/ut-interaction/test.csv');

/** What `npm run card` wrote, beside the card. */
interface CardEvaluation {
  readonly model: string;
  readonly labels: readonly string[];
  readonly views: string;
  readonly videos: number;
  readonly top1: number;
  readonly meanClassAccuracy: number;
  readonly confusion: readonly (readonly number[])[];
  readonly results: readonly {
    readonly file: string;
    readonly label: number;
    readonly scores: readonly number[];
  }[];
}

interface Line {
  readonly file: string;
  readonly label: number;
  readonly correct: boolean;
  readonly predictions: readonly {
    readonly index: number;
    readonly label: string;
    readonly score: number;
  }[];
}

const besideCard = (name: string): Promise<string> =>
  readFile(new URL(name, DEFAULT_WEIGHTS), 'utf8');
const said = JSON.parse(await besideCard('evaluation.json')) as CardEvaluation;
const best = (scores: readonly number[]): number => scores.indexOf(Math.max(...scores));
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'slowfast-default-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Bare `evaluate` on the first clips of the repository's list: a line a video. */
async function evaluated(count: number, ...args: string[]) {
  const rows = (await readFile(UT, 'utf8')).split('\n').slice(0, count);
  const list = join(folder, 'list.csv');
  await writeFile(list, rows.map((row) => `${dirname(UT)}/${row}`).join('\n'));
  const top = String(said.labels.length);
  const done = await slowfast('evaluate', '--data', list, '--top', top, '--json', ...args);
  expect(done.code).toBe(0);
  // The last two are of the run and the summary.
  const lines = done.out.trimEnd().split('\n').slice(0, -2);
  return { lines: lines.map((line) => JSON.parse(line) as Line), err: done.err };
}

it.each([
  [6, []],
  [2, ['--runtime', 'tfjs', '--tfjs-backend', 'wasm']],
])('gives the scores of its card, video by video: %i %j', async (count, runtime) => {
  const { lines, err } = await evaluated(count, ...runtime);
  expect(lines).toHaveLength(count);
  for (const { file, label, correct, predictions } of lines) {
    const { scores, ...expected } = said.results.find((one) => one.file === basename(file))!;
    expect({ file: basename(file), label }).toEqual(expected);
    expect(correct).toBe(best(scores) === label);
    expect(predictions[0]!.label).toBe(said.labels[best(scores)]);
    for (const { index, score } of predictions) {
      expect(Math.abs(score - scores[index]!)).toBeLessThan(1e-4);
    }
  }
  expect(err).toContain(
    `the model is ${said.model}, a small SlowFast for interactions of two people, trained on ` +
      `UT-Interaction: it knows ${said.labels.length} classes (${said.labels.join(', ')}); ` +
      'the options model and weights choose another\n',
  );
});

it('has a card whose figures are those of its evaluation, which agree with each other', async () => {
  const { labels, results, confusion, videos, top1 } = said;
  expect(results).toHaveLength(videos);
  const counted = labels.map(() => labels.map(() => 0));
  for (const { label, scores } of results) counted[label]![best(scores)]! += 1;
  expect(counted).toEqual(confusion);
  const right = labels.map((_, i) => confusion[i]![i]!);
  const all = right.reduce((a, b) => a + b);
  expect(top1).toBeCloseTo(all / videos, 12);

  const card = await besideCard('README.md');
  const rows = [...card.matchAll(/^\| (\w+) +\| +(\d+) \| +(\d+) \| (.*?) *\|$/gm)];
  expect(rows.map(([, name, count, good]) => [name, Number(count), Number(good)])).toEqual([
    ...labels.map((name, i) => [name, confusion[i]!.reduce((a, b) => a + b), right[i]]),
    ['all', videos, all],
  ]);
  expect(rows.at(-1)![4]).toBe(
    `top-1 ${percent(top1)}, mean of classes ${percent(said.meanClassAccuracy)}`,
  );
});

it('is the network that its card tells of, within 4 MB', async () => {
  const { entry, metadata, weights } = await loadModel();
  await weights.close?.();
  expect({ name: entry.name, labels: metadata.labels, trained: metadata.trained }).toEqual({
    name: said.model,
    labels: said.labels,
    trained: true,
  });
  expect(`${metadata.preprocessing.views.clips}x${metadata.preprocessing.views.crops}`).toBe(
    said.views,
  );
  const { parameters } = graphCost(entry.model.graph);
  const card = await besideCard('README.md');
  expect(card).toContain(`| ${parameters.toLocaleString('en').replaceAll(',', ' ')} `);
  expect((await stat(DEFAULT_WEIGHTS)).size).toBeLessThanOrEqual(4e6);
});

it('is what `npm run demo` runs, and right there', async () => {
  const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    readonly scripts: { readonly demo: string };
  };
  const args = scripts.demo.split('bin/slowfast.js ')[1]!.split(' ');
  const video = args.find((arg) => arg.endsWith('.avi'))!;
  const shown = args.map((arg) => (arg === video ? join(root, video) : arg));
  const { code, out } = await slowfast(...shown, '--json');
  expect(code).toBe(0);
  const { predictions } = JSON.parse(out) as Line;
  expect(predictions[0]!.label).toBe(basename(video).split('_')[0]);
});

it('is listed first, described where no model is named, and taken by name', async () => {
  const [first] = (await slowfast('models', '--json')).out.split('\n');
  expect(JSON.parse(first!)).toMatchObject({ name: said.model, default: true });
  expect((await slowfast('describe')).out).toContain(`${said.model}: `);
  expect((await slowfast('describe', said.model)).out).toBe((await slowfast('describe')).out);
});

it('says that its size is settled', async () => {
  const { code, err } = await slowfast('classify', UT, '--size', '64');
  expect(code).toBe(1);
  expect(err).toMatch(
    /^error: size: expected nothing, since the weights say what network they are of \(.*weights\.safetensors\), received 64\. Leave it out, or name a model of the catalog\.\n$/,
  );
});
