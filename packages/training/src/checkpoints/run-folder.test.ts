import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { float32Tensor, memoryStore, writeFileAtomic, writeSafetensors } from '@slowfast/core';
import type { Checkpoint } from './checkpoint.js';
import { runFolder } from './run-folder.js';

let path: string;
beforeEach(async () => (path = await mkdtemp(join(tmpdir(), 'slowfast-run-'))));
afterEach(() => rm(path, { recursive: true, force: true }));

const checkpoint = (step: number): Checkpoint => ({
  progress: { step, epoch: 1, stepInEpoch: 2, position: 3, sums: { loss: 1.5, hits: 2, clips: 4 } },
  seed: 7,
  weights: new Map([['w', float32Tensor([2], Float32Array.of(step, 1))]]),
  optimizer: new Map([['w/velocity', float32Tensor([2], Float32Array.of(0, 1))]]),
});

/** The state of {@link checkpoint} with some entries changed. */
const state = (entries: object): string =>
  JSON.stringify({ version: 1, ...checkpoint(4), average: false, ...entries });

const progress = (entries: object): string =>
  state({ progress: { ...checkpoint(4).progress, ...entries } });

async function writeState(file: string, text: string): Promise<void> {
  const store = memoryStore([['weights/w', float32Tensor([2], Float32Array.of(9, 9))]]);
  await writeFileAtomic(file, (sink) =>
    writeSafetensors(store, { sink, metadata: { 'slowfast.training': text } }),
  );
}

const DAMAGE: readonly (readonly [
  what: string,
  damage: (file: string) => Promise<void>,
  text: string,
])[] = [
  ['that ends early', async (file) => writeFile(file, (await readFile(file)).subarray(0, -3)), ''],
  ['that is empty', (file) => writeFile(file, ''), ''],
  ['of zeros', async (file) => writeFile(file, Buffer.alloc((await readFile(file)).length)), ''],
  [
    'whose state ends early',
    (file) => writeState(file, state({}).slice(0, -5)),
    'slowfast.training: expected JSON',
  ],
  ['whose state is null', (file) => writeState(file, 'null'), 'keys with values, received null'],
  [
    'without progress',
    (file) => writeState(file, state({ progress: null })),
    'progress: expected keys with values, received null',
  ],
  [
    'whose step is no number',
    (file) => writeState(file, progress({ step: '4' })),
    'progress.step: expected a whole number',
  ],
  [
    'whose sums are no numbers',
    (file) => writeState(file, progress({ sums: { loss: null, hits: 0, clips: 0 } })),
    'progress.sums.loss: expected a number, received null',
  ],
  [
    'without a seed',
    (file) => writeState(file, state({ seed: undefined })),
    'seed: expected a number, received nothing',
  ],
  [
    'of a later version',
    (file) => writeState(file, state({ version: 2 })),
    'expected a checkpoint of version 1, received version 2',
  ],
];

describe('a training checkpoint', () => {
  it.each(DAMAGE)('%s is passed over for the one before', async (_, damage, text) => {
    await using run = await runFolder(path);
    const before = await run.save(checkpoint(2));
    const newest = await run.save(checkpoint(4));
    await damage(newest);
    const found = await run.latest();
    expect(found).toMatchObject({ path: before, checkpoint: checkpoint(2) });
    expect(found!.damaged).toHaveLength(1);
    expect(found!.damaged[0]).toContain(newest);
    expect(found!.damaged[0]).toContain(text);
  });

  it('is an error where all are damaged: nothing begins anew in their place', async () => {
    await using run = await runFolder(path);
    const only = await run.save(checkpoint(2));
    await writeState(only, state({ progress: null }));
    await expect(run.latest()).rejects.toThrow(
      `${path}: expected a checkpoint that can be read, received 1 that cannot: ${only}`,
    );
  });
});
