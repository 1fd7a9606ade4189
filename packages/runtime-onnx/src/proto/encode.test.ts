import { encodeModel } from './encode.js';
import type { OnnxModel } from './model.js';
import { inMemory, readFileInfo } from './read.js';

const MODEL: OnnxModel = {
  name: 'net',
  nodes: [{ operator: 'Add', name: 'sum', inputs: ['x', 'w'], output: 'y', attributes: {} }],
  inputs: [{ name: 'x', type: 'float32', shape: ['N', 2] }],
  outputs: [{ name: 'y', type: 'float32', shape: ['N', 2] }],
  constants: [],
  weights: [{ name: 'w', type: 'float32', shape: [1, 2] }],
  producer: { name: 'SlowFast.ts', version: '1.2.3' },
  metadata: { a: 'ä', __proto__x: '', empty: '' },
};

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function bytesOf(model: OnnxModel, weight: Uint8Array): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of encodeModel(model).chunks(one(weight))) chunks.push(chunk);
  return Buffer.concat(chunks);
}

test('the announced size is the size, and the weight is a chunk of its own', async () => {
  const weight = new Uint8Array(new Float32Array([1, 2]).buffer);
  const chunks: Uint8Array[] = [];
  const encoded = encodeModel(MODEL);
  for await (const chunk of encoded.chunks(one(weight))) chunks.push(chunk);
  expect(chunks.at(-1)).toBe(weight);
  expect(Buffer.concat(chunks).byteLength).toBe(encoded.size);
});

test('producer and metadata are read back without the graph', async () => {
  const bytes = await bytesOf(MODEL, new Uint8Array(8));
  expect(await readFileInfo(inMemory(bytes, 'file'))).toEqual({
    irVersion: 8,
    producer: MODEL.producer,
    metadata: MODEL.metadata,
  });
});

test('reading passes over the graph', async () => {
  const bytes = await bytesOf(
    { ...MODEL, weights: [{ name: 'w', type: 'float32', shape: [1, 100_000] }] },
    new Uint8Array(400_000),
  );
  let read = 0;
  const { read: whole, ...rest } = inMemory(bytes, 'file');
  const counting = {
    ...rest,
    read: async (offset: number, length: number) => {
      const part = await whole(offset, length);
      read += part.byteLength;
      return part;
    },
  };
  await readFileInfo(counting);
  expect(read).toBeLessThan(1000);
});

test('more than 2 GiB cannot be written, and is found before a weight is read', () => {
  const weights = [{ name: 'w', type: 'float32', shape: [2 ** 29] }] as const;
  // 2^31 bytes of the weight and less than 200 of all else.
  expect(() => encodeModel({ ...MODEL, weights })).toThrow(
    /^net: expected an ONNX file of at most 2147483647 bytes, which is protobuf's limit, received 21474838\d\d bytes\. Export with precision 'float16', or choose a smaller model\.$/,
  );
});

test('a weight of another size is a bug', async () => {
  await expect(bytesOf(MODEL, new Uint8Array(4))).rejects.toThrow('internal: weight w has 4 bytes');
});

const REMEDY = 'The file is truncated, damaged or of another kind; export it again.';

test.each([
  ['nothing', '', 'bytes without a graph'],
  ['zeros', '00000000', 'other bytes'],
  ['a PNG', '89504e470d0a1a0a0000000d49484452', 'other bytes'],
  ['text', Buffer.from('<!DOCTYPE html><html>').toString('hex'), 'other bytes'],
  ['an endless varint', 'ff'.repeat(30), 'other bytes'],
  ['a cut varint', '08ff', 'one that ends too early'],
  ['a length past the end', '3aff01', 'one that ends too early'],
])('%s is no model', async (_, hex, received) => {
  const source = inMemory(Buffer.from(hex, 'hex'), 'file.onnx');
  await expect(readFileInfo(source)).rejects.toThrow(
    `file.onnx: expected an ONNX model, received ${received}. ${REMEDY}`,
  );
});

test('every truncation of a model is found', async () => {
  const bytes = await bytesOf(MODEL, new Uint8Array(8));
  for (let length = 0; length < bytes.byteLength; length++) {
    const source = inMemory(bytes.subarray(0, length), 'file.onnx');
    await expect(readFileInfo(source)).rejects.toThrow('file.onnx: expected an ONNX model');
  }
});

test('a file of very many entries is refused at once', async () => {
  const bytes = new Uint8Array(2_000_000).map((_, i) => (i % 2 === 0 ? 0x08 : 1));
  await expect(readFileInfo(inMemory(bytes, 'many.onnx'))).rejects.toThrow(
    'many.onnx: expected an ONNX model, received more than 10000 entries.',
  );
});
