import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync, gzipSync } from 'node:zlib';

import { bytesSource, memoryStore, writeSafetensors } from '@slowfast/core';

import { fileSource, writeFileAtomic } from '@slowfast/core';
import type { Checkpoint } from './open-checkpoint.js';
import { openCheckpoint } from './open-checkpoint.js';
import { crc32 } from './zip.js';

const latin = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));
const join_ = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
const open = (bytes: Uint8Array): Promise<Checkpoint> =>
  openCheckpoint(bytesSource(bytes, 'x.pyth'));
const golden = async (file: string): Promise<Uint8Array> =>
  new Uint8Array(await readFile(new URL(`../goldens/checkpoints/${file}`, import.meta.url)));

interface Part {
  readonly name: string;
  readonly data: Uint8Array;
  readonly deflate?: boolean;
  /** What the directory claims, when that is not the truth. */
  readonly size?: number;
  readonly start?: number;
  readonly crc?: number;
  readonly flags?: number;
  readonly method?: number;
}

/** A zip archive, honest or not. */
function zip(parts: readonly Part[]): Uint8Array {
  const locals: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const { name, data, deflate, size, start, crc, flags, method } of parts) {
    const packed = deflate ? new Uint8Array(deflateRawSync(data)) : data;
    const fields = (at: DataView, base: number): void => {
      at.setUint16(base, flags ?? 0, true);
      at.setUint16(base + 2, method ?? (deflate ? 8 : 0), true);
      at.setUint32(base + 8, crc ?? crc32(data), true);
      at.setUint32(base + 12, packed.length, true);
      at.setUint32(base + 16, size ?? data.length, true);
      at.setUint16(base + 20, name.length, true);
    };
    const local = new DataView(new ArrayBuffer(30));
    local.setUint32(0, 0x04034b50, true);
    fields(local, 6);
    const central = new DataView(new ArrayBuffer(46));
    central.setUint32(0, 0x02014b50, true);
    fields(central, 8);
    central.setUint32(42, start ?? offset, true);
    locals.push(new Uint8Array(local.buffer), latin(name), packed);
    directory.push(new Uint8Array(central.buffer), latin(name));
    offset += 30 + name.length + packed.length;
  }
  const length = directory.reduce((sum, part) => sum + part.length, 0);
  const end = new DataView(new ArrayBuffer(22));
  end.setUint32(0, 0x06054b50, true);
  end.setUint16(8, parts.length, true);
  end.setUint16(10, parts.length, true);
  end.setUint32(12, length, true);
  end.setUint32(16, offset, true);
  return join_(...locals, ...directory, new Uint8Array(end.buffer));
}

const int = (value: number): string =>
  'J' + Buffer.from(Int32Array.of(value).buffer).toString('latin1');
const tuple = (values: readonly number[]): string => `(${values.map(int).join('')}t`;

interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset?: number;
  readonly key?: string;
  readonly count: number;
  readonly type?: string;
}

const storageOf = ({ key = '0', count, type = 'FloatStorage' }: Tensor, view = ''): string =>
  `(U\x07storagectorch\n${type}\nU${String.fromCharCode(key.length)}${key}U\x03cpu${int(count)}${view}tQ`;

/** The pickle of a state_dict, as torch writes it. */
const pickled = (tensors: readonly Tensor[], view = ''): Uint8Array =>
  latin(
    '\x80\x02}(' +
      tensors
        .map(
          (t) =>
            `U${String.fromCharCode(t.name.length)}${t.name}ctorch._utils\n_rebuild_tensor_v2\n(` +
            `${storageOf(t, view)}${int(t.offset ?? 0)}${tuple(t.shape)}${tuple(t.strides)}` +
            '\x89ccollections\nOrderedDict\n)RtR',
        )
        .join('') +
      'u.',
  );

const floats = (count: number): Uint8Array =>
  new Uint8Array(Float32Array.from({ length: count }, (_, i) => i).buffer);

const torchZip = (
  tensors: readonly Tensor[],
  data = floats(12),
  more: readonly Part[] = [],
): Uint8Array =>
  zip([{ name: 'x/data.pkl', data: pickled(tensors) }, { name: 'x/data/0', data }, ...more]);

const MAGIC = '\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.';
const torchLegacy = (
  tensors: readonly Tensor[],
  keys: string,
  storages: Uint8Array,
  view = 'N',
): Uint8Array =>
  join_(
    latin(`${MAGIC}\x80\x02M\xe9\x03.\x80\x02}(U\x0dlittle_endian\x88u.`),
    pickled(tensors, view),
    latin(keys),
    storages,
  );
const count64 = (n: number): Uint8Array => new Uint8Array(BigUint64Array.of(BigInt(n)).buffer);

const values = async (checkpoint: Checkpoint, name: string): Promise<number[]> =>
  [...(await checkpoint.store.read(name)).data].map(Number);

test('strides, offsets and shared storages', async () => {
  const checkpoint = await open(
    torchZip([
      { name: 'whole', shape: [3, 4], strides: [4, 1], count: 12 },
      { name: 'transposed', shape: [4, 3], strides: [1, 4], count: 12 },
      { name: 'column', shape: [3], strides: [4], offset: 1, count: 12 },
      { name: 'repeated', shape: [2, 2], strides: [0, 1], offset: 10, count: 12 },
      { name: 'scalar', shape: [], strides: [], offset: 5, count: 12 },
      { name: 'empty', shape: [0, 7], strides: [7, 1], count: 12 },
      { name: 'one', shape: [1, 2], strides: [99, 1], count: 12 },
    ]),
  );
  expect(checkpoint.container).toBe('torch-zip');
  expect(await values(checkpoint, 'whole')).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  expect(await values(checkpoint, 'transposed')).toEqual([0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]);
  expect(await values(checkpoint, 'column')).toEqual([1, 5, 9]);
  expect(await values(checkpoint, 'repeated')).toEqual([10, 11, 10, 11]);
  expect(await values(checkpoint, 'scalar')).toEqual([5]);
  expect(await values(checkpoint, 'empty')).toEqual([]);
  expect(await values(checkpoint, 'one')).toEqual([0, 1]);
  await expect(checkpoint.store.read('x')).rejects.toThrow(
    'x: expected the name of a stored tensor, received a name that none of the 7 tensors has.',
  );
});

test('element types', async () => {
  const types = [
    ['DoubleStorage', new Uint8Array(Float64Array.of(1.5, -2).buffer), [1.5, -2]],
    ['LongStorage', new Uint8Array(BigInt64Array.of(3n, -4n).buffer), [3, -4]],
    ['IntStorage', new Uint8Array(Int32Array.of(3, -4).buffer), [3, -4]],
    ['ShortStorage', new Uint8Array(Int16Array.of(3, -4).buffer), [3, -4]],
    ['CharStorage', new Uint8Array(Int8Array.of(3, -4).buffer), [3, -4]],
    ['ByteStorage', Uint8Array.of(3, 252), [3, 252]],
    ['BoolStorage', Uint8Array.of(1, 0), [1, 0]],
  ] as const;
  for (const [type, data, expected] of types) {
    const file = torchZip([{ name: 'w', shape: [2], strides: [1], count: 2, type }], data);
    expect([type, ...(await values(await open(file), 'w'))]).toEqual([type, ...expected]);
  }
});

test('parameters, and tensors of untyped storages', async () => {
  const rebuild = (name: string, args: string): string =>
    `ctorch._utils\n_rebuild_${name}\n(${args}tR`;
  const tail = '\x89ccollections\nOrderedDict\n)R';
  const storage = (type: string, count: number): string =>
    storageOf({ name: '', shape: [], strides: [], count, type });
  const typed = rebuild(
    'tensor_v2',
    `${storage('FloatStorage', 12)}${int(1)}${tuple([2])}${tuple([1])}${tail}`,
  );
  const untyped = rebuild(
    'tensor_v3',
    `${storage('UntypedStorage', 48)}${int(2)}${tuple([3])}${tuple([2])}${tail}ctorch\nint32\n`,
  );
  const file = zip([
    {
      name: 'x/data.pkl',
      data: latin(
        `\x80\x02}(U\x01p${rebuild('parameter', `${typed}\x88${tail.slice(1)}`)}U\x01u${untyped}u.`,
      ),
    },
    { name: 'x/data/0', data: new Uint8Array(Int32Array.from({ length: 12 }, (_, i) => i).buffer) },
  ]);
  const checkpoint = await open(file);
  expect((await checkpoint.store.read('p')).dtype).toBe('float32');
  expect(await values(checkpoint, 'u')).toEqual([2, 4, 6]);
});

test('a legacy file: views of storages, several storages', async () => {
  const tensors = [
    { name: 'a', shape: [2], strides: [1], offset: 1, key: 'k1', count: 12 },
    { name: 'b', shape: [2], strides: [2], key: 'k2', count: 3 },
  ];
  const storages = join_(count64(3), floats(3), count64(12), floats(12));
  const checkpoint = await open(torchLegacy(tensors, '\x80\x02](U\x02k2U\x02k1e.', storages));
  expect(checkpoint.container).toBe('torch-legacy');
  expect(await values(checkpoint, 'a')).toEqual([1, 2]);
  expect(await values(checkpoint, 'b')).toEqual([0, 2]);
  const view = `(U\x01v${int(4)}${int(6)}t`;
  const viewed = await open(
    torchLegacy(
      [{ name: 'a', shape: [6], strides: [1], count: 12 }],
      '\x80\x02](U\x010e.',
      join_(count64(12), floats(12)),
      view,
    ),
  );
  expect(await values(viewed, 'a')).toEqual([4, 5, 6, 7, 8, 9]);
  await expect(
    open(
      torchLegacy(
        [{ name: 'a', shape: [7], strides: [1], count: 12 }],
        '\x80\x02](U\x010e.',
        join_(count64(12), floats(12)),
        view,
      ),
    ),
  ).rejects.toThrow(
    'a: expected elements within a storage of 10, received shape [7], strides [1] and offset 4. The checkpoint is damaged.',
  );
});

/** A file of these names alone. */
const named = (...names: string[]): Promise<Checkpoint> =>
  open(torchZip(names.map((name) => ({ name, shape: [1], strides: [1], count: 12 }))));

test.each([
  ['module.model.', 'module.model.module.'],
  ['another', 'net.video_model.'],
])('%s goes where a wrapper put it before all names', async (_, prefix) => {
  const { store, beside } = await named(
    ...['s1.pathway0_stem.conv.weight', 's1.pathway0_stem.bn.bias'].map((name) => prefix + name),
  );
  expect([...store.names]).toEqual(['s1.pathway0_stem.conv.weight', 's1.pathway0_stem.bn.bias']);
  expect(beside).toEqual([]);
});

test('PyTorchVideo wraps the trunk of its detectors alone', async () => {
  const names = ['model.blocks.0.conv.weight', 'detection_head.proj.weight'];
  expect([...(await named(...names)).store.names]).toEqual(names);
});

test('strangers are put aside by name, but not what may belong to the network', async () => {
  const known = 's1.pathway0_stem.conv.weight';
  const { store, beside } = await named(known, 'projector.0.weight');
  expect([[...store.names], beside]).toEqual([[known], ['projector.0.weight']]);
  const squeezed = await named(known, 's1.pathway0_stem.se.fc1.weight');
  expect([...squeezed.store.names]).toContain('s1.pathway0_stem.se.fc1.weight');
});

test('counters are left aside', async () => {
  expect((await named('a', 'a.num_batches_tracked')).ignored).toEqual(['a.num_batches_tracked']);
});

test('a deflated archive reads like a stored one', async () => {
  const tensors = [{ name: 'w', shape: [12], strides: [1], count: 12 }];
  const file = zip([
    { name: 'x/data.pkl', data: pickled(tensors), deflate: true },
    { name: 'x/byteorder', data: latin('little') },
    { name: 'x/data/0', data: floats(12), deflate: true },
  ]);
  expect(await values(await open(file), 'w')).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
});

const w = (shape: number[], strides: number[], offset = 0, count = 12): Tensor[] => [
  { name: 'w', shape, strides, offset, count },
];
const ok = w([12], [1]);
const pkl: Part = { name: 'x/data.pkl', data: pickled(ok) };
const archive = 'The archive is damaged or hostile.';
const fetchAgain = 'The file is truncated or damaged; fetch it again.';
const view = 'The checkpoint is damaged.';
const counts = 'w: expected a shape, strides and an offset of whole numbers from 0, received shape';
const noFile =
  'x.pyth: expected a torch checkpoint (zip or legacy), a pickle or a safetensors file, received';
const check = 'Check that the download is complete and is the weights themselves.';

test.each([
  ['an empty file', new Uint8Array(0), `${noFile} an empty file. ${check}`],
  ['a text', latin('hello, weights\n'), `${noFile} text. ${check}`],
  ['a web page', latin('<!DOCTYPE html><html>'), `${noFile} a web page. ${check}`],
  [
    'a Git LFS pointer',
    latin('version https://git-lfs.github.com/spec/v1\n'),
    `${noFile} a Git LFS pointer, not the file it stands for. ${check}`,
  ],
  ['what is still packed', gzipSync(torchZip(ok)), `${noFile} a gzip archive. Unpack it (gunzip).`],
  [
    'a model of ONNX',
    Uint8Array.of(8, 9, 0x12, 7, ...latin('pytorch')),
    `${noFile} an ONNX model. Name it as the model (--model), without weights.`,
  ],
  [
    'other bytes',
    Uint8Array.of(0xde, 0xad, 0xbe, 0xef, 1, 2, 3),
    `${noFile} a file that begins with the bytes de ad be ef. ${check}`,
  ],
  [
    'a zip without end',
    torchZip(ok).slice(0, -30),
    'x.pyth: expected a zip archive that ends with its directory, received an archive whose end is missing. The file is truncated; fetch it again.',
  ],
  [
    'a bomb',
    zip([pkl, { name: 'x/data/0', data: new Uint8Array(20 << 20), deflate: true }]),
    /^x\.pyth: expected entries that inflate to at most 16777216 bytes, received 20971520 bytes\. The archive is damaged or hostile\.$/,
  ],
  [
    'a bomb that denies its size',
    zip([{ ...pkl, data: new Uint8Array(1 << 20), deflate: true, size: 100 }]),
    `x.pyth: expected 'x/data.pkl' to inflate to 100 bytes, received more. ${archive}`,
  ],
  [
    'a shorter entry than announced',
    zip([{ ...pkl, deflate: true, size: 10_000 }]),
    `x.pyth: expected 'x/data.pkl' to inflate to 10000 bytes, received ${pkl.data.length}. ${archive}`,
  ],
  [
    'a flipped bit in a stored pickle',
    zip([{ ...pkl, crc: 1 }]),
    "x.pyth: expected 'x/data.pkl' to have the checksum that the archive says, received other bytes. The file is damaged; fetch it again (or save it again, if torch wrote it without checksums).",
  ],
  [
    'a wrong checksum',
    zip([{ ...pkl, deflate: true, crc: 1 }]),
    `x.pyth: expected 'x/data.pkl' to inflate to ${pkl.data.length} bytes, received bytes with another checksum. ${archive}`,
  ],
  [
    'damaged deflate data',
    zip([{ ...pkl, method: 8 }]),
    `x.pyth: expected 'x/data.pkl' to inflate to ${pkl.data.length} bytes, received damaged data. ${archive}`,
  ],
  [
    'overlapping entries',
    zip([pkl, { name: 'x/data/0', data: floats(12), start: 10 }]),
    `x.pyth: expected entries that do not overlap, received 'x/data.pkl', which runs into the next. ${archive}`,
  ],
  [
    'a name twice',
    zip([pkl, pkl]),
    `x.pyth: expected one entry of each name, received 'x/data.pkl' twice. ${archive}`,
  ],
  [
    'encryption',
    zip([{ ...pkl, flags: 1 }]),
    `x.pyth: expected an archive without encryption, received 'x/data.pkl' encrypted. ${archive}`,
  ],
  [
    'another packing',
    zip([{ ...pkl, method: 12 }]),
    `x.pyth: expected stored or deflated entries, received 'x/data.pkl' packed by method 12. ${archive}`,
  ],
  [
    'stored with another size',
    zip([{ ...pkl, size: 7 }]),
    `x.pyth: expected stored entries of their packed size, received 'x/data.pkl' of 7 in ${pkl.data.length} bytes. ${archive}`,
  ],
  [
    'a zip of something else',
    zip([{ name: 'a.txt', data: latin('a') }]),
    "x.pyth: expected a torch checkpoint with one 'data.pkl', received a zip archive with 0. Save the state_dict with torch.save.",
  ],
  [
    'TorchScript',
    zip([pkl, { name: 'x/constants.pkl', data: latin('a') }]),
    "x.pyth: expected a torch checkpoint with one 'data.pkl', received a TorchScript program. Save the state_dict with torch.save.",
  ],
  [
    'big-endian',
    torchZip(ok, floats(12), [{ name: 'x/byteorder', data: latin('big') }]),
    "x.pyth: expected little-endian storages, received byte order 'big'.",
  ],
  [
    'a storage that is missing',
    zip([pkl]),
    `x.pyth: expected 48 bytes of storage '0' (12 elements), received 0 bytes. ${fetchAgain}`,
  ],
  [
    'a storage that is too short',
    torchZip(ok, floats(3)),
    `x.pyth: expected 48 bytes of storage '0' (12 elements), received 12 bytes. ${fetchAgain}`,
  ],
  [
    'strides beyond the storage',
    torchZip(w([3, 4], [5, 1])),
    `w: expected elements within a storage of 12, received shape [3, 4], strides [5, 1] and offset 0. ${view}`,
  ],
  [
    'an offset beyond the storage',
    torchZip(w([12], [1], 1)),
    `w: expected elements within a storage of 12, received shape [12], strides [1] and offset 1. ${view}`,
  ],
  [
    'a negative stride',
    torchZip(w([2], [-1], 5)),
    `${counts} [2], strides [-1] and offset 5. ${view}`,
  ],
  [
    'a negative offset',
    torchZip(w([2], [1], -1)),
    `${counts} [2], strides [1] and offset -1. ${view}`,
  ],
  [
    'a negative dimension',
    torchZip(w([-2], [1])),
    `${counts} [-2], strides [1] and offset 0. ${view}`,
  ],
  [
    'fewer strides than dimensions',
    torchZip(w([2, 2], [1])),
    `${counts} [2, 2], strides [1] and offset 0. ${view}`,
  ],
  [
    'more elements than any model has',
    torchZip(w([65536, 65536], [0, 0])),
    `w: expected at most 268435456 elements, received shape [65536, 65536], strides [0, 0] and offset 0. ${view}`,
  ],
  [
    'no weights',
    zip([{ name: 'x/data.pkl', data: latin('\x80\x02}U\x01aK\x01s.') }]),
    'x.pyth: expected tensors by name, at the top or in a dictionary within it (`model_state`, `state_dict`, `blobs`, …), received none. This is no checkpoint of a model.',
  ],
  [
    'a list',
    latin('\x80\x02].'),
    'x.pyth: expected tensors by name, at the top or in a dictionary within it (`model_state`, `state_dict`, `blobs`, …), received a value that is no dictionary. This is no checkpoint of a model.',
  ],
  [
    'a reference that is no storage',
    zip([{ name: 'x/data.pkl', data: latin('\x80\x02K\x01Q.') }]),
    'x.pyth: expected references to torch storages, received something else. The checkpoint is damaged or hostile.',
  ],
  [
    'a legacy file without its storages',
    torchLegacy(ok, '\x80\x02](U\x010e.', new Uint8Array(0)),
    /^x\.pyth: expected 8 more bytes of the pickle at byte \d+, received \d+ bytes in all\. The file is truncated or damaged; fetch it again\.$/,
  ],
  [
    'a legacy file with half a storage',
    torchLegacy(ok, '\x80\x02](U\x010e.', join_(count64(12), floats(5))),
    `x.pyth: expected 48 bytes of storage '0' (12 elements), received 20 bytes. ${fetchAgain}`,
  ],
  [
    'a legacy storage of another size',
    torchLegacy(ok, '\x80\x02](U\x010e.', join_(count64(5), floats(5))),
    `x.pyth: expected 48 bytes of storage '0' (12 elements), received 20 bytes. ${fetchAgain}`,
  ],
  [
    'a legacy file with another key',
    torchLegacy(ok, '\x80\x02](U\x017e.', count64(0)),
    `x.pyth: expected the keys of the storages that the pickle names, received another key. ${view}`,
  ],
  [
    'a legacy file of another protocol',
    latin(`${MAGIC}\x80\x02K\x01.\x80\x02}.`),
    'x.pyth: expected torch serialization protocol 1001, little-endian, received another protocol.',
  ],
  [
    'a big-endian legacy file',
    latin(`${MAGIC}\x80\x02M\xe9\x03.\x80\x02}.`),
    'x.pyth: expected torch serialization protocol 1001, little-endian, received a big-endian file.',
  ],
] as [string, Uint8Array, string | RegExp][])('refuses %s', async (_, bytes, message) => {
  await expect(open(bytes)).rejects.toMatchObject({
    name: 'WeightError',
    message: typeof message === 'string' ? message : expect.stringMatching(message),
  });
});

test.each([
  'pyslowfast_slowfast_w2.pyth',
  'pyslowfast_slowfast_w2_legacy.pyth',
  'caffe2_slowfast_nln_w2.pkl',
])(
  '%s cut off anywhere, or with wrong bytes, is refused or read, never anything else',
  async (file) => {
    const bytes = await golden(file);
    for (const share of [0.001, 0.01, 0.1, 0.5, 0.9, 0.999]) {
      await expect(open(bytes.slice(0, Math.floor(bytes.length * share)))).rejects.toMatchObject({
        name: 'WeightError',
      });
    }
    let seed = 1;
    const random = (below: number): number => (seed = (seed * 48271) % 2147483647) % below;
    // The structure is in the first and last part; elements may be anything.
    for (let round = 0; round < 60; round++) {
      const damaged = bytes.slice();
      for (let i = 0; i < 4; i++) {
        const at = random(4000);
        damaged[round % 2 ? at : damaged.length - 1 - at] = random(256);
      }
      const error: unknown = await open(damaged)
        .then(
          async ({ store }) => {
            for (const name of [...store.names].slice(0, 3)) await store.read(name);
            return undefined;
          },
          (reason: unknown) => reason,
        )
        .catch((reason: unknown) => reason);
      if (error !== undefined) expect(error).toMatchObject({ name: 'WeightError' });
    }
  },
);

describe('files', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'checkpoint-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  test('written whole or not at all', async () => {
    const path = join(folder, 'w.safetensors');
    const store = memoryStore([
      ['w', { dtype: 'float32', shape: [2], data: Float32Array.of(1, 2) }],
    ]);
    await writeFileAtomic(path, (sink) => writeSafetensors(store, { sink }));
    const source = await fileSource(path);
    const before = await readFile(path);
    expect(await values(await openCheckpoint(source), 'w')).toEqual([1, 2]);
    await expect(source.read(source.size - 4, 8)).rejects.toThrow(
      `${path}: expected 8 bytes at offset ${source.size - 4}, received ${source.size} bytes in all. ${fetchAgain}`,
    );
    await source.close?.();
    const failing = { ...store, read: async () => Promise.reject(new Error('no more')) };
    await expect(
      writeFileAtomic(path, (sink) =>
        writeSafetensors({ ...failing, dtypeOf: () => 'float32' }, { sink }),
      ),
    ).rejects.toThrow('no more');
    const stop = new AbortController();
    await expect(
      writeFileAtomic(
        path,
        async (sink) => {
          await sink.write(Uint8Array.of(1));
          stop.abort(new Error('stopped'));
          await writeSafetensors(store, { sink });
        },
        stop.signal,
      ),
    ).rejects.toThrow('stopped');
    expect(await readdir(folder)).toEqual(['w.safetensors']);
    expect(await readFile(path)).toEqual(before);
  });

  test('that cannot be opened or made', async () => {
    const path = join(folder, 'none', 'w');
    await expect(fileSource(path)).rejects.toMatchObject({
      name: 'WeightError',
      message: `${path}: expected a file that can be read, received a path where nothing is.`,
    });
    await expect(writeFileAtomic(path, async () => undefined)).rejects.toMatchObject({
      name: 'FileError',
      message: expect.stringMatching(
        /: expected a place where a file can be written, received ENOENT: /,
      ),
    });
    await expect(fileSource(folder)).rejects.toThrow(
      `${folder}: expected a file that can be read, received a folder.`,
    );
    await writeFile(join(folder, 'e'), '');
    const empty = await fileSource(join(folder, 'e'));
    await expect(openCheckpoint(empty)).rejects.toThrow('received an empty file');
    await empty.close?.();
  });
});
