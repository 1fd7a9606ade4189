import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import { fileURLToPath } from 'node:url';
import { slowfast } from './testing/run-slowfast.js';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const MEDIA = at('../../../../examples/media/');
const WEIGHTS = at('../../../checkpoints/src/goldens/checkpoints/pyslowfast_slowfast_w2.pyth');
const MODEL = [
  ...['--weights', WEIGHTS, '--model', 'slowfast-4x16-r50', '--size', '64', '--views', '1x1'],
];
const ARRAY = ['SLURM_ARRAY_TASK_ID', 'SLURM_ARRAY_TASK_MIN', 'SLURM_ARRAY_TASK_COUNT'];

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'slowfast-merge-'))));
afterEach(async () => {
  for (const name of ARRAY) Reflect.deleteProperty(env, name);
  await rm(folder, { recursive: true, force: true });
});

const NAMES = ['ut-interaction/point_s10_c57.avi', 'archery.avi', 'gone.mp4', 'five-frames.mp4'];

async function list(labels: readonly string[]): Promise<string> {
  const path = join(folder, 'list.csv');
  await writeFile(path, NAMES.map((name, i) => `${MEDIA}${name} ${labels[i]}`).join('\n'));
  return path;
}

const evaluate = (data: string, ...more: readonly string[]) =>
  slowfast('evaluate', '--data', data, ...MODEL, ...more);
const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1)!;

describe.each([
  ['one class each', ['3', '2', '0', '3']],
  ['several classes', ['0,3', '""', '1', '3']],
])('shards of a list with %s', (_, labels) => {
  it('come to what one run comes to, byte for byte', async () => {
    const data = await list(labels);
    const results = join(folder, 'results');
    const whole = await evaluate(data, '--json');
    for (const shard of ['1/2', '2/2']) {
      const { out, err } = await evaluate(data, '--json', '--results', results, '--shard', shard);
      expect({ shard, err }).toEqual({
        shard,
        err: shard === '1/2' ? expect.stringContaining('gone.mp4') : '',
      });
      expect(JSON.parse(lastLine(out))).toMatchObject({ shard });
    }
    const merged = await slowfast('merge', results, '--json');
    expect(merged).toEqual({ code: 1, out: `${lastLine(whole.out)}\n`, err: '' });
    if (labels.includes('""')) return;
    const text = (await evaluate(data)).out;
    expect((await slowfast('merge', results)).out).toBe(text.slice(text.indexOf('\n\n') + 2));
  });
});

it('a video that is missing or there twice is named, and nothing is summed up', async () => {
  const data = await list(['3', '2', '1', '3']);
  const [one, two] = [join(folder, 'one'), join(folder, 'two')];
  await evaluate(data, '--results', one, '--shard', '1/3');
  const lacking = await slowfast('merge', one);
  expect(lacking).toEqual({
    code: 1,
    out: '',
    err:
      `missing: ${MEDIA}archery.avi\nmissing: ${MEDIA}gone.mp4\n` +
      'error: 2 of 4 videos are missing, 0 are there twice: no summary.\n',
  });
  await evaluate(data, '--results', two, '--shard', '2/3');
  await cp(join(one, 'runs'), join(two, 'runs'), { recursive: true });
  const double = await slowfast('merge', one, two, '--json');
  expect(double.code).toBe(1);
  expect(JSON.parse(double.out)).toEqual({
    incomplete: true,
    rows: 4,
    missing: [`${MEDIA}gone.mp4`],
    double: [`${MEDIA}${NAMES[0]}`, `${MEDIA}${NAMES[3]}`],
  });
});

it('runs of other settings do not meet, and a broken file of a shard is named', async () => {
  const data = await list(['3', '2', '1', '3']);
  const results = join(folder, 'results');
  await evaluate(data, '--results', results, '--shard', '1/3');
  const [id] = await readdir(join(results, 'runs'));
  await evaluate(data, '--results', results, '--shard', '1/3', '--views', '2x1');
  const both = await slowfast('merge', results);
  expect(both).toMatchObject({ code: 1, out: '' });
  expect(both.err).toContain('expected the shards of one run, received runs ');
  expect((await slowfast('merge', results, '--run', id!)).err).toContain(
    '2 of 4 videos are missing',
  );
  const path = join(results, 'runs', id!, '1-of-3.jsonl');
  await writeFile(path, (await readFile(path, 'utf8')).slice(0, -30));
  expect((await slowfast('merge', results, '--run', id!)).err).toContain(`error: ${path}`);
});

it('the place in an array is taken and said, and only where shards are kept; --shard comes first', async () => {
  const data = await list(['3', '2', '1', '3']);
  [env[ARRAY[0]!], env[ARRAY[1]!], env[ARRAY[2]!]] = ['6', '5', '3'];
  const lost = await evaluate(data);
  expect(lost).toMatchObject({ code: 2, out: '' });
  expect(lost.err).toBe(
    'shard 2 of 3 from SLURM_ARRAY_TASK_ID\nerror: --results: expected beside shard 2/3, where `slowfast merge` finds it; --shard 1/1 is the whole list.\n',
  );
  const archery = join(MEDIA, 'archery.avi');
  const five = join(MEDIA, 'five-frames.mp4');
  const classify = async (...args: string[]) => {
    const { out, err } = await slowfast('classify', ...args, ...MODEL, '--json');
    const lines = out.split('\n').filter(Boolean);
    return {
      err: err.replace(/^warning: no labels .*\n/m, ''),
      files: lines.map((line) => (JSON.parse(line) as { file: string }).file),
    };
  };
  const said = 'shard 2 of 3 from SLURM_ARRAY_TASK_ID\n';
  expect(await classify(archery, five)).toEqual({ err: said, files: [five] });
  expect(await classify(archery, five, '--shard', '1/2')).toEqual({ err: '', files: [archery] });
  expect(await classify(archery)).toEqual({ err: '', files: [archery] });
  expect(await classify(archery, '--shard', '2/2')).toEqual({
    err: 'note: shard 2/2 has none of 1 videos\n',
    files: [],
  });
  const features = join(folder, 'features');
  const window = ['--window', '16', '--stride', '16'];
  const extraction = [...MODEL.slice(0, -2), ...window, '-o', features];
  expect((await slowfast('features', archery, five, ...extraction)).err).toContain(said);
  expect(await readdir(features)).toEqual(['five-frames.npz']);
});
