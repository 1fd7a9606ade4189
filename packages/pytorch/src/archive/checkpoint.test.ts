import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytesSource, memoryStore, type HostTensor } from '@slowfast/core';
import { openCheckpoint } from '@slowfast/checkpoints';
import { pythonWithTorch, runPython } from '../testing/index.js';
import { torchCheckpoint, type TorchCheckpointOptions } from './checkpoint.js';
import type { Pickled } from './pickle.js';

const python = await pythonWithTorch();

/** Values that have to come back to the bit, the sign of zero among them. */
const VALUES = [1.5, -0, 2 ** -149, Infinity, -3.4028234663852886e38, 1 / 3];
const tensor = (...shape: number[]): HostTensor => ({
  dtype: 'float32',
  shape,
  data: Float32Array.from(
    { length: shape.reduce((product, dim) => product * dim, 1) },
    (_, i) => VALUES[i % VALUES.length]!,
  ),
});
const WEIGHTS: readonly (readonly [string, HostTensor])[] = [
  ['conv.weight', tensor(2, 3, 1, 2, 1)],
  ['naïve.bias', tensor(7)],
  ['scale', tensor()],
];
const ENTRIES = new Map<string, Pickled>([
  ['epoch', 12],
  ['samples', 5_000_000_000],
  ['loss', -0.125],
  ['best', null],
  ['frozen', [true, false]],
  ['config', new Map<string, Pickled>([['größe', 'ja']])],
]);

async function bytesOf(store = memoryStore(WEIGHTS), options: TorchCheckpointOptions = {}) {
  const pieces: Uint8Array[] = [];
  for await (const piece of torchCheckpoint(store, options)) pieces.push(piece);
  return Buffer.concat(pieces);
}

it('is read back here, to the bit, under the names that were asked for', async () => {
  const bytes = await bytesOf(undefined, { nameOf: (name) => `net.${name}`, key: 'state_dict' });
  const { store } = await openCheckpoint(bytesSource(bytes, 'own.pth'));
  expect([...store.names].sort()).toEqual(WEIGHTS.map(([name]) => `net.${name}`).sort());
  for (const [name, { data, shape }] of WEIGHTS) {
    const back = await store.read(`net.${name}`);
    expect(back.shape).toEqual(shape);
    expect(new Uint32Array(back.data.buffer.slice(0))).toEqual(new Uint32Array(data.buffer));
  }
});

const READER = `
import json, sys, torch
held = torch.load(sys.argv[1], **json.loads(sys.argv[2]))
weights = held.pop('model_state')
print(json.dumps({'held': held, 'weights': {
    name: [list(value.shape), value.contiguous().reshape(-1).view(torch.int32).tolist()]
    for name, value in weights.items()
}}))
`;

/** torch before 2 does not let numbers with a point through where it runs no code. */
const READS: readonly (readonly [string, readonly string[], object])[] = [
  ['without running code', ['loss'], { weights_only: true }],
  ['as it is', [], {}],
];
const eachRead = python === undefined ? it.skip.each(READS) : it.each(READS);
eachRead(
  'is read by torch.load %s: values, shapes, what lies beside them',
  async (_, without, how) => {
    const entries = new Map([...ENTRIES].filter(([key]) => !without.includes(key)));
    const folder = await mkdtemp(join(tmpdir(), 'slowfast-checkpoint-'));
    try {
      const file = join(folder, 'own.pth');
      await writeFile(file, await bytesOf(undefined, { entries }));
      const { held, weights } = JSON.parse(
        await runPython(python!, ['-c', READER, file, JSON.stringify(how)]),
      ) as {
        readonly held: object;
        readonly weights: Readonly<Record<string, readonly [number[], number[]]>>;
      };
      expect(held).toEqual({
        ...Object.fromEntries(entries),
        config: Object.fromEntries(ENTRIES.get('config') as Map<string, Pickled>),
      });
      expect(weights).toEqual(
        Object.fromEntries(
          WEIGHTS.map(([name, { shape, data }]) => [
            name,
            [shape, [...new Int32Array(data.buffer as ArrayBuffer)]],
          ]),
        ),
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);

it('has every tensor at a multiple of 64 bytes, as torch maps them', async () => {
  const bytes = await bytesOf();
  for (const [, { data }] of WEIGHTS) {
    const at = bytes.indexOf(Buffer.from(data.buffer as ArrayBuffer));
    expect(at).toBeGreaterThan(0);
    expect(at % 64).toBe(0);
  }
});

it('refuses two weights of one name, and elements that are not float32', async () => {
  await expect(bytesOf(undefined, { nameOf: () => 'weight' })).rejects.toThrow(
    'weight: expected a name once, received twice',
  );
  const whole = memoryStore([
    ['steps', { dtype: 'int32', shape: [1], data: Int32Array.of(3) } as HostTensor],
  ]);
  await expect(bytesOf(whole)).rejects.toThrow('steps: expected float32, received int32');
});
