/** @file Small files that ask for much: each is refused in bounded time and memory, or read at its true size. */
import { bytesSource, memoryStore, writeSafetensors } from '@slowfast/core';
import { deflateRawSync } from 'node:zlib';
import { loadCheckpoint } from '../load-checkpoint.js';
import { openCheckpoint } from './open-checkpoint.js';
import { crc32 } from './zip.js';

const latin = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));

/** A zip archive of deflated (or stored) members. */
function zip(members: Readonly<Record<string, Uint8Array>>, deflate = true): Uint8Array {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, data] of Object.entries(members)) {
    const packed = deflate ? deflateRawSync(data) : Buffer.from(data);
    const fields = Buffer.alloc(20);
    fields.writeUInt16LE(deflate ? 8 : 0, 2);
    fields.writeUInt32LE(crc32(data), 8);
    fields.writeUInt32LE(packed.length, 12);
    fields.writeUInt32LE(data.length, 16);
    const length = Buffer.alloc(4);
    length.writeUInt16LE(name.length);
    const local = [
      Buffer.from('PK\x03\x04\x14\0', 'latin1'),
      fields,
      length,
      Buffer.from(name),
      packed,
    ];
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    directory.push(
      Buffer.from('PK\x01\x02\x14\0\x14\0', 'latin1'),
      fields,
      length,
      rest,
      Buffer.from(name),
    );
    parts.push(...local);
    offset += Buffer.concat(local).length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  const count = Object.keys(members).length;
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return new Uint8Array(Buffer.concat([...parts, central, end]));
}

const open = (bytes: Uint8Array) => openCheckpoint(bytesSource(bytes, 'x.pyth'));
const pickle = (program: string): Uint8Array => zip({ 'a/data.pkl': latin(program) });

/** A tensor of a storage of `held` floats, as torch pickles it. */
const tensor = (name: string, shape: string, strides: string, held = 1): string =>
  `X${String.fromCharCode(name.length)}\0\0\0${name}ctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nFloatStorage\n` +
  `X\x01\0\0\x000X\x03\0\0\0cpuK${String.fromCharCode(held)}tQK\0(${shape}t(${strides}t\x89Ntls`.replace(
    'tls',
    'tRs',
  );

const MEMORY = /expected values that take at most \d+ bytes of memory/;

test.each([
  ['tuples of one, nested', `\x80\x02)${'\x85'.repeat(600_000)}.`],
  ['short byte strings', `\x80\x03](${'C\x01a'.repeat(300_000)}e.`],
  ['tuples of three', `\x80\x02](${')))\x87'.repeat(300_000)}e.`],
  ['empty lists', `\x80\x02](${']'.repeat(600_000)}e.`],
  ['empty dictionaries', `\x80\x02](${'}'.repeat(200_000)}e.`],
  ['floats in a list', `\x80\x02](${'G\0\0\0\0\0\0\0\0'.repeat(1_600_000)}e.`],
  ['remembered values', `\x80\x04N${'\x94'.repeat(900_000)}.`],
])('%s: an archive of some kilobytes does not fill the memory', async (_, program) => {
  const file = pickle(program);
  expect(file.length).toBeLessThan(200_000);
  await expect(open(file)).rejects.toThrow(MEMORY);
});

test('a tensor of one stored number is not a gigabyte', async () => {
  const program = `\x80\x02}${tensor('w', 'J\0\0\0\x10', 'K\0')}.`;
  const file = zip({ 'a/data.pkl': latin(program), 'a/data/0': new Uint8Array(4) }, false);
  await expect(open(file)).rejects.toThrow(
    'x.pyth: expected tensors of at most 16777216 bytes in all, received 1073741824 bytes',
  );
});

test('nor are a thousand tensors of it together, but an expanded vector is read', async () => {
  const names = Array.from({ length: 1000 }, (_, i) => `w${String(i).padStart(3, '0')}`);
  const program = (all: readonly string[]) =>
    `\x80\x02}${all.map((name) => tensor(name, 'J\0\0\x10\0', 'K\0')).join('')}.`;
  const file = (all: readonly string[]) =>
    zip({ 'a/data.pkl': latin(program(all)), 'a/data/0': new Uint8Array(4) }, false);
  await expect(open(file(names))).rejects.toThrow('bytes in all');
  const { store } = await open(file(names.slice(0, 2)));
  expect((await store.read('w000')).data).toHaveLength(1 << 20);
});

test('a shape of four million numbers is refused in a short message', async () => {
  const program = `\x80\x02}${tensor('w', 'K\x01'.repeat(1_000_000), 'K\x01')}.`;
  const file = zip({ 'a/data.pkl': latin(program), 'a/data/0': new Uint8Array(4) }, false);
  await expect(open(file)).rejects.toThrow('w: expected at most 32 axes, received 1000000.');
});

test('lists within lists are no name of a storage', async () => {
  const start =
    '\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.\x80\x02}X\x0d\0\0\0little_endian\x88s.\x80\x02}.';
  // 2^40 leaves, were they written out.
  const doubled = `]q\0${'(h\0h\0lq\0'.repeat(40)}`;
  await expect(open(latin(`${start}\x80\x02](${doubled}e.`))).rejects.toThrow(
    'expected the keys of the storages that the pickle names, received another key',
  );
});

test('members that inflate to much are refused before they are inflated', async () => {
  const file = zip({ 'a/data.pkl': latin('\x80\x02}.'), 'a/data/0': new Uint8Array(40 << 20) });
  await expect(open(file)).rejects.toThrow(/expected entries that inflate to at most \d+ bytes/);
});

test('a network of thousands of pathways is refused at once', async () => {
  const shape = [1];
  const one = { dtype: 'float32', shape, data: new Float32Array(1) } as const;
  const names = Array.from({ length: 5000 }, (_, i) => [`p${i}.stem.conv.weight`, one] as const);
  const chunks: Uint8Array[] = [];
  const sink = { write: async (chunk: Uint8Array) => void chunks.push(chunk.slice()) };
  await writeSafetensors(memoryStore(names), { sink });
  const source = bytesSource(new Uint8Array(Buffer.concat(chunks)), 'x.safetensors');
  await expect(loadCheckpoint(source)).rejects.toThrow(
    'x.safetensors: expected a network of at most 16 pathways, received 5000.',
  );
});

test('text in decimals and escapes is read in linear time', async () => {
  await expect(open(latin(`(dS'a'\nL${'9'.repeat(100_000)}L\ns.`))).rejects.toThrow(
    'expected a whole number',
  );
  const long = `(dS'a'\n${"S'" + '\\x41'.repeat(250_000) + "'\n"}s.`;
  await expect(open(latin(long))).rejects.toThrow('received none. This is no checkpoint');
});
