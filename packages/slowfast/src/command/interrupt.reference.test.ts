/** @file Ctrl-C, in the command as it is installed: `npm run build` makes what this runs. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  float32Tensor,
  sizeOf,
  writeSafetensors,
  type DType,
  type Shape,
  type WeightStore,
} from '@slowfast/core';
import { catalogModel, checkedModelName } from '@slowfast/models';
import { writeFileAtomic } from '@slowfast/core';
import type { Ended } from './testing/run-slowfast.js';
import { needBuild, startSlowfast, type Running } from './testing/slowfast-process.js';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const VIDEO = at('../../../../examples/media/archery.avi');

let folder: string;
beforeAll(needBuild);
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'slowfast-interrupt-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

const start = (...argv: string[]): Running => startSlowfast(argv);

/** Waits until something that was not there before is in the folder: the file in the making. */
async function untilWriting(before: readonly string[], ended: Promise<Ended>): Promise<void> {
  let over = false;
  void ended.then(() => (over = true));
  while ((await readdir(folder)).length === before.length) {
    if (over) throw new Error(`ended before it wrote anything: ${(await ended).err}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** All weights of a model, each of them zero: large, and quick to make. */
function zeros(name: string): WeightStore & { dtypeOf(name: string): DType } {
  const { params } = catalogModel(checkedModelName(name)).model.graph;
  const shapeOf = (param: string): Shape => params.get(param)!.type.shape as Shape;
  return {
    names: new Set(params.keys()),
    shapeOf,
    dtypeOf: () => 'float32',
    read: async (param) => float32Tensor(shapeOf(param), new Float32Array(sizeOf(shapeOf(param)))),
  };
}

describe('Ctrl-C', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'in an export leaves nothing behind (%s)',
    async (signal) => {
      const { child, ended } = start(
        'export',
        'slowfast-8x8-r101',
        '--weights',
        'initialised',
        '-o',
        join(folder, 'm.onnx'),
      );
      await untilWriting([], ended);
      child.kill(signal);
      expect(await ended).toEqual({ code: 130, out: '', err: 'interrupted\n' });
      expect(await readdir(folder)).toEqual([]);
    },
  );

  it('in a conversion leaves nothing behind', async () => {
    const source = join(folder, 'source.safetensors');
    await writeFileAtomic(source, (sink) => writeSafetensors(zeros('slowfast-8x8-r101'), { sink }));
    const args = ['convert', source, '--model', 'slowfast-8x8-r101'];
    const { child, ended } = start(...args, '-o', join(folder, 'out.safetensors'));
    await untilWriting(['source.safetensors'], ended);
    child.kill('SIGINT');
    expect(await ended).toEqual({ code: 130, out: '', err: 'interrupted\n' });
    expect(await readdir(folder)).toEqual(['source.safetensors']);
  });
});

const posix = process.platform === 'win32' ? it.skip : it;

describe('a signal', () => {
  posix.each(['SIGINT', 'SIGTERM'] as const)(
    'ends what computes without hearing it (%s)',
    async (signal) => {
      const model = ['--model', 'slowfast-8x8-r50', '--weights', 'initialised'];
      const { child, ended } = start(
        ...['classify', VIDEO, ...model, '--runtime', 'tfjs', '--tfjs-backend', 'wasm'],
      );
      // After this warning it compiles, then runs, each for many seconds.
      child.stderr.once('data', () => setTimeout(() => child.kill(signal), 300));
      const { code, out, err } = await ended;
      expect([130, signal === 'SIGINT' ? 130 : 143]).toContain(code);
      expect({ out, err: err.split('\n').slice(-2) }).toEqual({
        out: '',
        err: ['interrupted', ''],
      });
    },
  );

  posix('sent twice ends it at once, with what is unfinished removed', async () => {
    const { child, ended } = startSlowfast([
      ...['export', 'slowfast-8x8-r101', '--weights', 'initialised', '-o', join(folder, 'm.onnx')],
    ]);
    while ((await readdir(folder)).length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    child.kill('SIGINT');
    child.kill('SIGINT');
    expect((await ended).code).toBe(130);
    expect(await readdir(folder)).toEqual([]);
  });
});
