import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { averagePrecision } from '@slowfast/evaluation';
import { slowfast } from './testing/run-slowfast.js';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const MEDIA = at('../../../../examples/media/');
const UT = join(MEDIA, 'ut-interaction/test.csv');
const WEIGHTS = at('../../../checkpoints/src/goldens/checkpoints/pyslowfast_slowfast_w2.pyth');
const MODEL = ['--weights', WEIGHTS, '--model', 'slowfast-4x16-r50', '--size', '64'];

let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'slowfast-evaluate-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Line {
  readonly file: string;
  readonly label: number;
  readonly labels: readonly number[];
  readonly correct: boolean;
  readonly resumed: boolean;
  readonly predictions: readonly { readonly index: number; readonly score: number }[];
  readonly error?: { readonly kind: string; readonly message: string };
}

/** Runs `evaluate --json`: the objects of the videos, and the summary. */
async function evaluate(list: string, ...args: string[]) {
  const views = args.includes('--views') ? [] : ['--views', '1x1'];
  const done = await slowfast('evaluate', '--data', list, ...MODEL, ...views, '--json', ...args);
  const lines = done.out.trimEnd().split('\n');
  const objects = lines.map((line) => JSON.parse(line) as unknown);
  const summary = objects.at(-1) as Record<string, unknown>;
  const run = objects.at(-2) as Record<string, unknown>;
  return { ...done, videos: objects.slice(0, -2) as Line[], run, summary };
}

const scoresOf = ({ predictions }: Line): number[] =>
  predictions.toSorted((a, b) => a.index - b.index).map(({ score }) => score);

async function list(name: string, ...lines: string[]): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, lines.join('\n'));
  return path;
}

describe('evaluate', () => {
  it('scores every video as classify does, and sums up', async () => {
    const { code, videos, summary, err } = await evaluate(UT, '--top', '11');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(videos.map(({ label }) => label)).toEqual([0, 1, 2, 3, 4, 5]);
    const one = videos[3]!;
    const classified = await slowfast(
      ...['classify', one.file, ...MODEL, '--views', '1x1', '--top', '11', '--json'],
    );
    expect(scoresOf(JSON.parse(classified.out) as Line)).toEqual(scoresOf(one));
    const ranks = videos.map((video) =>
      video.predictions.findIndex(({ index }) => index === video.label),
    );
    expect(summary).toMatchObject({
      videos: 6,
      broken: 0,
      top1: ranks.filter((rank) => rank === 0).length / 6,
      top5: ranks.filter((rank) => rank < 5).length / 6,
      views: '1x1',
    });
    for (const video of videos) {
      expect(video.correct).toBe(video.predictions[0]!.index === video.label);
      const confusion = summary['confusion'] as number[][];
      expect(confusion[video.label]![video.predictions[0]!.index]).toBe(1);
    }
  });

  it('gives the same scores on TensorFlow.js, to 1e-4', async () => {
    const short = await list(
      'two.csv',
      `${MEDIA}ut-interaction/point_s10_c57.avi 3`,
      `${MEDIA}archery.avi 5`,
    );
    const onnx = await evaluate(short, '--top', '11');
    const tfjs = await evaluate(short, '--top', '11', '--runtime', 'tfjs', '--tfjs-backend', 'cpu');
    expect(tfjs.run['device']).toBe('tfjs (cpu)');
    onnx.videos.forEach((video, i) => {
      const other = scoresOf(tfjs.videos[i]!);
      scoresOf(video).forEach((score, k) => expect(Math.abs(score - other[k]!)).toBeLessThan(1e-4));
    });
  });

  it('takes up what is on disk, counts nothing twice, and only the same settings', async () => {
    const results = join(folder, 'results');
    const keep = ['--results', results];
    const first = await evaluate(UT, ...keep);
    expect(first).toMatchObject({ summary: { videos: 6 }, run: { resumed: 0 } });
    const files = await readdir(results);
    expect(files).toHaveLength(6);
    await rm(join(results, files[0]!));
    await writeFile(join(results, files[1]!), '{"format":"slowfast-evaluation/1","sco');
    const second = await evaluate(UT, ...keep);
    expect(second).toMatchObject({ summary: { videos: 6 }, run: { resumed: 4 } });
    expect(second.videos.map(scoresOf)).toEqual(first.videos.map(scoresOf));
    expect((await readdir(results)).toSorted()).toEqual(files.toSorted());
    for (const name of ['top1', 'top5', 'confusion']) {
      expect(second.summary[name]).toEqual(first.summary[name]);
    }
    // Another list of the same videos, one of them twice, with other labels.
    const again = await list(
      'again.csv',
      `${MEDIA}ut-interaction/point_s10_c57.avi 0`,
      `${MEDIA}ut-interaction/kick_s09_c50.avi 0`,
      `${MEDIA}ut-interaction/point_s10_c57.avi 0`,
    );
    const third = await evaluate(again, ...keep);
    expect(third).toMatchObject({ summary: { videos: 2 }, run: { resumed: 2 } });
    expect(third.err).toBe('warning: 1 lines repeat a video of the list: counted once\n');
    const other = await evaluate(again, ...keep, '--views', '2x1');
    expect(other).toMatchObject({ summary: { videos: 2 }, run: { resumed: 0 } });
    expect(await readdir(results)).toHaveLength(8);
  });

  it('reports broken videos and does not count them', async () => {
    const noise = join(folder, 'noise.mp4');
    await writeFile(noise, 'this is no video');
    const mixed = await list('mixed.csv', `${MEDIA}archery.avi 2`, `${noise} 1`, 'gone.mp4 0');
    const { code, videos, summary, err } = await evaluate(mixed);
    expect(code).toBe(1);
    expect(summary).toMatchObject({ videos: 1, broken: 2 });
    expect(videos[1]).toMatchObject({ file: noise, label: 1, error: { kind: 'MediaError' } });
    const gone = `${join(folder, 'gone.mp4')}: expected a video file, received a path where no file is. Give the path of a video file on this machine.`;
    expect(videos[2]!.error).toEqual({ kind: 'MediaError', message: gone });
    expect(err).toContain(`error: ${gone}\n`);
    const none = await evaluate(await list('none.csv', 'gone.mp4 0'));
    expect(none).toMatchObject({ code: 1, summary: { videos: 0, top1: null, broken: 1 } });
  });

  it('gives the mean average precision for several labels', async () => {
    const several = await list(
      'several.csv',
      `${MEDIA}ut-interaction/point_s10_c57.avi 0,3`,
      `${MEDIA}ut-interaction/kick_s09_c50.avi ""`,
      `${MEDIA}archery.avi 3`,
      `${MEDIA}five-frames.mp4 7`,
    );
    const { videos, summary } = await evaluate(several, '--top', '11');
    expect(videos.map(({ labels }) => labels)).toEqual([[0, 3], [], [3], [7]]);
    const precision = (label: number): number =>
      averagePrecision(
        videos.map((video) => scoresOf(video)[label]!),
        videos.map(({ labels }) => labels.includes(label)),
      )!;
    const expected = [0, 3, 7].map(precision).reduce((a, b) => a + b) / 3;
    expect(summary).toMatchObject({ videos: 4, broken: 0 });
    expect(summary['mAP']).toBeCloseTo(expected, 12);
    expect(summary['averagePrecision']).toHaveLength(11);
  });

  it('prints a table for people', async () => {
    const labels = join(folder, 'labels.txt');
    await writeFile(labels, Array.from({ length: 11 }, (_, i) => `action ${i}`).join('\n'));
    const one = await list('one.csv', `${MEDIA}archery.avi 2`);
    const { out, code } = await slowfast(
      ...['evaluate', '--data', one, ...MODEL, '--views', '1x1', '--labels', labels],
    );
    expect(code).toBe(0);
    expect(out).toMatch(
      /^(right|wrong) {2}0\.\d{4} {2}action \d+(, not action 2)? {2}.*archery\.avi\n/,
    );
    expect(out).toMatch(/\nclass {5}videos +top-1 {2}mostly taken for\naction 2 {7}1 /);
    expect(out).toMatch(/\n1 videos, top-1 \d+\.0 %, top-5 \d+\.0 %\n$/);
  });

  it.each([
    [['--top', '0'], 2, '--top: expected a whole number of at least 1'],
    [['--runtime', 'tpu'], 2, "--runtime: expected onnx or tfjs, received 'tpu'"],
    [['--runtime', 'tfjs', '--threads', '2'], 2, '--threads: is of --runtime onnx'],
    [['--tfjs-backend', 'cpu'], 2, '--tfjs-backend: needs --runtime tfjs'],
  ])('refuses %j', async (args, code, message) => {
    const result = await slowfast('evaluate', '--data', UT, ...MODEL, ...args);
    expect(result.err).toContain(message);
    expect(result).toMatchObject({ code, out: '' });
  });

  it('names the line of a class that the model does not have', async () => {
    const high = await list('high.csv', 'a.avi 10', 'b.avi 11');
    expect(await slowfast('evaluate', '--data', high, ...MODEL)).toMatchObject({
      code: 1,
      err: `error: ${high}:2: expected class numbers from 0 to 10, received 11.\n`,
    });
  });
});

describe('Ctrl-C', () => {
  it('in an evaluation keeps what is done, whole', async () => {
    const bin = at('../../bin/slowfast.js');
    await access(at('../../dist/command/evaluate.js')).catch(() => {
      throw new Error('packages/slowfast/dist is missing: run `npm run build` before this test');
    });
    const results = join(folder, 'interrupted');
    const args = ['evaluate', '--data', UT, ...MODEL, '--views', '20x1', '--results', results];
    const child = spawn(process.execPath, [bin, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let err = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    child.stdout.once('data', () => child.kill('SIGINT'));
    const [code] = (await once(child, 'close')) as [number];
    expect(err).toContain('interrupted\n');
    expect(code).toBe(130);
    const files = await readdir(results);
    expect(files.length).toBeGreaterThan(0);
    expect(files.length).toBeLessThan(6);
    for (const file of files) {
      expect(JSON.parse(await readFile(join(results, file), 'utf8'))).toMatchObject({
        format: 'slowfast-evaluation/1',
        views: '20x1',
      });
    }
  });
});
