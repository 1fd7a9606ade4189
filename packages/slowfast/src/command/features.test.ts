import {
  access,
  copyFile,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rm,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Dataset } from 'h5wasm/node';
import { bytesSource, readSafetensors, sizeOf } from '@slowfast/core';
import { fileSource } from '@slowfast/core';
import { loadModel } from '@slowfast/checkpoints';
import { needBuild, startSlowfast } from './testing/slowfast-process.js';
import { slowfast } from './testing/run-slowfast.js';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const VIDEO = at('../../../../examples/media/archery.avi');
const UT = at('../../../../examples/media/ut-interaction/point_s10_c57.avi');
const WEIGHTS = at('../../../checkpoints/src/goldens/checkpoints/pyslowfast_slowfast_w2.pyth');
const MODEL = ['--weights', WEIGHTS, '--model', 'slowfast-4x16-r50', '--size', '64'];

let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'slowfast-features-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The array of a `.npy` file of floats. */
async function npy(path: string): Promise<{ shape: number[]; data: number[] }> {
  const bytes = await readFile(path);
  const start = 10 + bytes.readUInt16LE(8);
  const header = bytes.toString('latin1', 10, start);
  const shape = /\(([^)]*)\)/
    .exec(header)![1]!
    .split(',')
    .filter((x) => x.trim())
    .map(Number);
  const double = header.includes('<f8');
  const data = Array.from({ length: sizeOf(shape) }, (_, i) =>
    double ? bytes.readDoubleLE(start + 8 * i) : bytes.readFloatLE(start + 4 * i),
  );
  return { shape, data };
}

describe('features', () => {
  it('are laid out as who reads them wants', async () => {
    const out = join(folder, 'for');
    const args = ['features', UT, ...MODEL, '-o', out, '--json', '--at', 'slow.res5,fast.res5'];
    const { code, out: line } = await slowfast(...args, '--for', 'actionformer');
    expect(code).toBe(0);
    // 64 channels of Slow and 32 of Fast, at width 2 and β 1/2.
    expect(JSON.parse(line)).toMatchObject({ window: 32, stride: 16, fps: 30, windows: 4 });
    const bytes = await readFile(join(out, 'point_s10_c57.npz'));
    // One array, named in the zip's directory, with the header of a .npy file.
    expect(bytes.toString('latin1').match(/feats\.npy/g)).toHaveLength(2);
    expect(bytes.toString('latin1')).toContain(
      "'descr': '<f4', 'fortran_order': False, 'shape': (4, 96)",
    );
    expect(bytes.toString('latin1')).not.toContain('times');
    const both = await slowfast(...args, '--for', 'moment-detr', '--window', '20');
    expect(both).toMatchObject({ code: 2 });
    expect(both.err).toContain('--window: --for moment-detr decides it, leave one of both out');
  });

  it('for VSGN are data sets of one HDF5 file', async () => {
    const out = join(folder, 'vsgn');
    const args = ['features', UT, VIDEO, ...MODEL, '-o', out, '--json', '--for', 'vsgn'];
    const { code, out: lines } = await slowfast(...args);
    expect(code).toBe(0);
    const path = join(out, 'rgb.h5');
    expect(JSON.parse(lines.split('\n')[0]!)).toMatchObject({ stride: 6, files: [path] });
    expect(await readdir(out)).toEqual(['rgb.h5']);
    const { File, ready } = await import('h5wasm/node');
    await ready;
    const file = new File(path, 'r');
    const sets = ['archery', 'point_s10_c57'].map((name) => file.get(name) as Dataset);
    expect(file.keys().toSorted()).toEqual(['archery', 'point_s10_c57']);
    // The windows at every sixth frame: of 89 the first begins at 0, the last at 54.
    expect(sets.map(({ shape, dtype }) => [shape![1], dtype])).toEqual([
      [96, '<f'],
      [96, '<f'],
    ]);
    expect(sets[1]!.shape).toEqual([10, 96]);
    // Every window of stride 48 is one of these.
    const npz = join(folder, 'vsgn-48');
    await slowfast('features', UT, ...MODEL, '-o', npz, '--stride', '48', '--format', 'npy');
    const other = await npy(join(npz, 'point_s10_c57.head.npy'));
    const values = Array.from(sets[1]!.value as Float32Array);
    expect(values.slice(8 * 96, 9 * 96)).toEqual(other.data.slice(96, 192));
    file.close();
    const shared = await slowfast(...args, '--shard', '1/2');
    expect([shared.code, shared.err]).toEqual([2, expect.stringContaining('it writes one file')]);
    // Two of one name, in folders of their own; what is there stays.
    const before = await readFile(path);
    await mkdir(join(folder, 'a/x'), { recursive: true });
    await mkdir(join(folder, 'a/y'), { recursive: true });
    for (const place of ['x', 'y']) await copyFile(UT, join(folder, 'a', place, 'same.avi'));
    const twice = await slowfast(
      'features',
      join(folder, 'a'),
      ...MODEL,
      '-o',
      out,
      '--for',
      'vsgn',
    );
    expect([twice.code, twice.err]).toEqual([
      1,
      expect.stringContaining('two that are called same'),
    ]);
    await writeFile(join(folder, 'broken.avi'), 'no video');
    const none = await slowfast(
      'features',
      join(folder, 'broken.avi'),
      ...MODEL,
      '-o',
      out,
      '--for',
      'vsgn',
    );
    expect([none.code, none.err]).toEqual([1, expect.stringContaining('broken.avi: expected')]);
    expect(await readFile(path)).toEqual(before);
  });

  it('of the head are what the classifier scores, window by window', async () => {
    const out = join(folder, 'npy');
    const done = await slowfast(
      ...['features', UT, ...MODEL, '--format', 'npy', '-o', out, '--json'],
    );
    expect(done).toMatchObject({ code: 0 });
    // 89 frames at 30 a second: windows of 32 from frames 0, 16, 32 and 48.
    expect(JSON.parse(done.out)).toMatchObject({
      ...{ file: UT, at: 'head', window: 32, stride: 16, fps: 30, windows: 4 },
      shapes: { head: [4, 96] },
      files: [join(out, 'point_s10_c57.head.npy'), join(out, 'point_s10_c57.times.npy')],
    });
    const times = await npy(join(out, 'point_s10_c57.times.npy'));
    expect(times).toEqual({
      shape: [4, 2],
      data: [0, 32, 16, 48, 32, 64, 48, 80].map((frame) => frame / 30),
    });
    const head = await npy(join(out, 'point_s10_c57.head.npy'));
    expect(head.shape).toEqual([4, 96]);
    const { weights } = await loadModel({ weights: await fileSource(WEIGHTS) });
    const weight = (await weights.read('head.projection.weight')).data as Float32Array;
    const bias = (await weights.read('head.projection.bias')).data as Float32Array;
    await weights.close?.();
    const logits = Array.from(bias, (b, k) =>
      head.data.slice(0, 96).reduce((sum, x, c) => sum + x * weight[k * 96 + c]!, b),
    );
    const total = logits.reduce((sum, x) => sum + Math.exp(x), 0);
    // The one clip of `--views 1x1` are the first 16 x 2 frames: the first window.
    const classified = await slowfast(
      ...['classify', UT, ...MODEL, '--views', '1x1', '--top', '11', '--json'],
    );
    const { predictions } = JSON.parse(classified.out) as {
      predictions: { index: number; score: number }[];
    };
    expect(predictions).toHaveLength(11);
    for (const { index, score } of predictions) {
      expect(Math.exp(logits[index]!) / total).toBeCloseTo(score, 5);
    }
  });

  it('of stages, pooled or whole, agree; files of all kinds hold the same', async () => {
    const common = ['features', VIDEO, ...MODEL, '--window', '32', '--stride', '64'];
    const places = ['--at', 'slow.res5,fast.res5'];
    for (const [format, ...more] of [['npy'], ['safetensors', '--batch', '3'], ['npz']]) {
      const args = ['--format', format!, '-o', join(folder, format!), ...more];
      expect(await slowfast(...common, ...places, ...args)).toMatchObject({ code: 0, err: '' });
    }
    const whole = join(folder, 'whole');
    await slowfast(
      ...common,
      '--at',
      'slow.res5,head',
      '--pool',
      'none',
      '--format',
      'npy',
      '-o',
      whole,
    );
    const pooled = await npy(join(folder, 'npy/archery.slow.res5.npy'));
    const maps = await npy(join(whole, 'archery.slow.res5.npy'));
    expect(pooled.shape).toEqual([2, 64]);
    expect(maps.shape).toEqual([2, 64, 2, 2, 2]);
    pooled.data.forEach((value, row) => {
      const mean = maps.data.slice(8 * row, 8 * row + 8).reduce((a, b) => a + b) / 8;
      expect(value).toBeCloseTo(mean, 5);
    });
    // At this size the head pools all of the map: its features are the pooled stages, joined.
    const fast = await npy(join(folder, 'npy/archery.fast.res5.npy'));
    const head = await npy(join(whole, 'archery.head.npy'));
    expect(head.shape).toEqual([2, 96, 1, 1, 1]);
    for (const row of [0, 1]) {
      const joined = [
        ...pooled.data.slice(64 * row, 64 * row + 64),
        ...fast.data.slice(32 * row, 32 * row + 32),
      ];
      joined.forEach((value, c) => expect(head.data[96 * row + c]).toBeCloseTo(value, 4));
    }
    const file = await readFile(join(folder, 'safetensors/archery.safetensors'));
    const store = await readSafetensors(bytesSource(file));
    expect(store.metadata).toMatchObject({ at: 'slow.res5,fast.res5', window: '32', fps: '30' });
    const same = (await store.read('slow.res5')).data as Float32Array;
    pooled.data.forEach((value, i) => expect(same[i]).toBeCloseTo(value, 5));
    const zip = await readFile(join(folder, 'npz/archery.npz'));
    expect(zip.includes(await readFile(join(folder, 'npy/archery.slow.res5.npy')))).toBe(true);
    expect(zip.includes(await readFile(join(folder, 'npy/archery.times.npy')))).toBe(true);
  });

  it('go on after a broken video, and say what failed', async () => {
    const noise = join(folder, 'noise.mp4');
    await writeFile(noise, 'this is no video');
    const out = join(folder, 'broken');
    const args = [...MODEL, '--window', '64', '--stride', '64', '-o', out];
    const { code, err } = await slowfast('features', noise, VIDEO, ...args);
    expect(code).toBe(1);
    expect(err).toMatch(/^error: .*noise\.mp4: .*\n1 of 2 videos failed\n$/);
    expect(await readdir(out)).toEqual(['archery.npz']);
  });

  it.each([
    [
      ['--at', 'head,head'],
      2,
      "--at: expected different names between commas, received 'head,head'",
    ],
    [['--at', 'slow.res9'], 1, 'slowfast-4x16-r50: expected a feature ('],
    [['--stride', '0'], 2, '--stride: expected a whole number of at least 1'],
    [['--fps', '0'], 2, "--fps: expected a number above 0 and at most 1000, received '0'"],
    [['--format', 'csv'], 2, "--format: expected npz, npy or safetensors, received 'csv'"],
  ])('refuse %j', async (args, code, message) => {
    const out = join(folder, 'refused');
    const result = await slowfast('features', VIDEO, ...MODEL, '-o', out, ...args);
    expect(result.err).toContain(message);
    expect(result).toMatchObject({ code, out: '' });
  });

  it('leave no half file behind at Ctrl-C', async () => {
    await needBuild();
    const out = join(folder, 'interrupted');
    const args = ['features', VIDEO, ...MODEL, '--size', '128', '--stride', '1', '-o', out];
    const { child, ended } = startSlowfast(args);
    while (
      !(await access(out).then(
        () => true,
        () => false,
      ))
    ) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    setTimeout(() => child.kill('SIGINT'), 500);
    expect(await ended).toMatchObject({ code: 130, err: 'interrupted\n' });
    expect(await readdir(out)).toEqual([]);
  });
});
