import type { ByteSink } from './byte-source.js';
import { blobSource, bytesSource, sourceRange } from './byte-source.js';
import { decodeTensor } from './safetensors-elements.js';
import { readSafetensors } from './safetensors-read.js';
import { writeSafetensors } from './safetensors-write.js';
import { encodeFloat16 } from './safetensors-elements.js';
import { memoryStore } from './store.js';
import { float32Tensor } from '../tensor.js';

const memorySink = (): { sink: ByteSink; bytes(): Uint8Array } => {
  const chunks: Uint8Array[] = [];
  return {
    sink: { write: async (chunk) => void chunks.push(new Uint8Array(chunk)) },
    bytes: () => new Uint8Array(Buffer.concat(chunks)),
  };
};

/** A file of the given header text and data. */
const file = (header: string, data = new Uint8Array(0), announced?: bigint): Uint8Array => {
  const text = new TextEncoder().encode(header);
  const out = new Uint8Array(8 + text.length + data.length);
  new DataView(out.buffer).setBigUint64(0, announced ?? BigInt(text.length), true);
  out.set(text, 8);
  out.set(data, 8 + text.length);
  return out;
};

const open = (bytes: Uint8Array) => readSafetensors(bytesSource(bytes, 'x.safetensors'));

test('a file written by the reference library', async () => {
  // safetensors.numpy.save({'b': float32 [[1, -2.5]], 'a': int64 [7]}, metadata={'format': 'np'}), version 0.8.0.
  const header =
    '{"__metadata__":{"format":"np"},"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},' +
    '"b":{"dtype":"F32","shape":[1,2],"data_offsets":[8,16]}}   ';
  const data = Uint8Array.of(7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x3f, 0, 0, 0x20, 0xc0);
  const store = await open(file(header, data));
  expect([...store.names]).toEqual(['a', 'b']);
  expect(store.metadata).toEqual({ format: 'np' });
  expect(await store.read('a')).toEqual({ dtype: 'int64', shape: [1], data: BigInt64Array.of(7n) });
  expect(await store.read('b')).toEqual({
    dtype: 'float32',
    shape: [1, 2],
    data: Float32Array.of(1, -2.5),
  });
  expect([store.dtypeOf('a'), store.dtypeOf('b')]).toEqual(['int64', 'float32']);
  const { sink, bytes } = memorySink();
  await writeSafetensors(store, { sink });
  expect(bytes()).toEqual(file(header, data));
});

test('round trip is bit-exact for float32, and does not depend on the order of the store', async () => {
  const words = Uint32Array.of(0, 0x80000000, 1, 0x7f800000, 0x7fc00001, 0xff7fffff, 0x3f800001);
  const values = new Float32Array(words.buffer);
  const tensors = [
    ['w', float32Tensor([7], values)],
    ['a"\\é', float32Tensor([], Float32Array.of(3))],
    ['empty', float32Tensor([0, 4], new Float32Array(0))],
    ['__proto__', float32Tensor([1], Float32Array.of(5))],
    ['n', { dtype: 'int64', shape: [2], data: BigInt64Array.of(-1n, 2n ** 62n) }],
    ['i', { dtype: 'int32', shape: [1], data: Int32Array.of(-5) }],
  ] as const;
  const one = memorySink();
  await writeSafetensors(memoryStore(tensors, { b: '2', a: '1' }), { sink: one.sink });
  const two = memorySink();
  await writeSafetensors(memoryStore([...tensors].reverse(), { a: '1', b: '2' }), {
    sink: two.sink,
  });
  expect(two.bytes()).toEqual(one.bytes());
  const store = await open(one.bytes());
  expect(store.metadata).toEqual({ a: '1', b: '2' });
  for (const [name, tensor] of tensors) {
    const read = await store.read(name);
    expect([read.dtype, read.shape]).toEqual([tensor.dtype, [...tensor.shape]]);
    expect(new Uint8Array(read.data.buffer)).toEqual(
      new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength),
    );
  }
  expect(() => store.shapeOf('x')).toThrow(
    'x: expected the name of a stored tensor, received a name that none of the 6 tensors has.',
  );
});

test('float16: every value is the nearest, ties to even', async () => {
  // Every half there is comes back as itself.
  const all = Uint16Array.from({ length: 65536 }, (_, i) => i).filter(
    (h) => (h & 0x7c00) !== 0x7c00,
  );
  const values = decodeTensor(new Uint8Array(all.buffer), 'F16', [all.length]).data as Float32Array;
  expect(encodeFloat16(values, 'w')).toEqual(all);
  // Between two neighbours the nearer one wins, halfway the even one.
  for (let h = 0; h < 0x7bff; h += 7) {
    const [low, high] = [values[h]!, values[h + 1]!];
    const middle = (low + high) / 2;
    const encoded = encodeFloat16(
      Float32Array.of(middle, low + (high - low) * 0.49, low + (high - low) * 0.51, -middle),
      'w',
    );
    const even = h % 2 === 0 ? h : h + 1;
    expect([h, ...encoded]).toEqual([h, even, h, h + 1, even | 0x8000]);
  }
  expect(encodeFloat16(Float32Array.of(Infinity, -Infinity, 65519.99, 1e-9), 'w')).toEqual(
    Uint16Array.of(0x7c00, 0xfc00, 0x7bff, 0),
  );
  expect(
    Number.isNaN(
      (
        decodeTensor(new Uint8Array(encodeFloat16(Float32Array.of(NaN), 'w').buffer), 'F16', [1])
          .data as Float32Array
      )[0],
    ),
  ).toBe(true);
  const { sink, bytes } = memorySink();
  await writeSafetensors(memoryStore([['w', float32Tensor([2], Float32Array.of(1, 1.0002))]]), {
    sink,
    dtype: 'float16',
  });
  expect((await (await open(bytes())).read('w')).data).toEqual(Float32Array.of(1, 1));
  await expect(
    writeSafetensors(memoryStore([['w', float32Tensor([2], Float32Array.of(1, 65520))]]), {
      sink,
      dtype: 'float16',
    }),
  ).rejects.toThrow(
    'w: expected values that float16 can hold (up to 65504), received 65520 at element 1. Write it as float32.',
  );
});

test('the other formats', () => {
  const decode = (bytes: number[], format: Parameters<typeof decodeTensor>[1], n: number) => [
    ...decodeTensor(Uint8Array.from(bytes), format, [n]).data,
  ];
  expect(decode([0x80, 0x3f, 0x20, 0xc0], 'BF16', 2)).toEqual([1, -2.5]);
  expect(decode([0, 0, 0, 0, 0, 0, 0xf8, 0x3f], 'F64', 1)).toEqual([1.5]);
  expect(decode([0xff, 0xff, 2, 0], 'I16', 2)).toEqual([-1, 2]);
  expect(decode([0xff, 2], 'I8', 2)).toEqual([-1, 2]);
  expect(decode([0xff, 2], 'U8', 2)).toEqual([255, 2]);
  expect(decode([0, 3], 'BOOL', 2)).toEqual([0, 1]);
  expect(decode([0xfe, 0xff, 0xff, 0xff], 'I32', 1)).toEqual([-2]);
});

const entry = (dtype: string, shape: string, begin: number, end: number): string =>
  `{"dtype":"${dtype}","shape":${shape},"data_offsets":[${begin},${end}]}`;
const damaged = 'The safetensors file is damaged.';
const noHeader = 'The file is truncated, damaged or no safetensors file.';

test.each([
  [
    'empty',
    new Uint8Array(0),
    `x.safetensors: expected a safetensors header, received 0 bytes in all. ${noHeader}`,
  ],
  [
    'length beyond the file',
    file('{}', new Uint8Array(2), 5n),
    `x.safetensors: expected a safetensors header of at most 4 bytes, received a length of 5. ${noHeader}`,
  ],
  [
    'length beyond the limit',
    file('{}', undefined, 1n << 62n),
    `x.safetensors: expected a safetensors header of at most 2 bytes, received a length of 4611686018427387904. ${noHeader}`,
  ],
  [
    'no JSON',
    file('{"a":'),
    `x.safetensors: expected a safetensors header, received text that is not JSON. ${noHeader}`,
  ],
  [
    'no object',
    file('[1]'),
    `x.safetensors: expected a safetensors header, received JSON that is no object. ${noHeader}`,
  ],
  [
    'no UTF-8',
    (() => {
      const f = file('{"a":1}');
      f[10] = 0xff;
      return f;
    })(),
    `x.safetensors: expected a safetensors header, received bytes that are not UTF-8. ${noHeader}`,
  ],
  [
    'a name twice',
    file(
      `{"a":${entry('U8', '[1]', 0, 1)},"\\u0061":${entry('U8', '[1]', 0, 1)}}`,
      new Uint8Array(1),
    ),
    `x.safetensors: expected a safetensors header, received the name 'a' twice. ${noHeader}`,
  ],
  [
    'metadata',
    file('{"__metadata__":{"a":1}}'),
    `x.safetensors: expected a safetensors header, received __metadata__ that is no object of strings. ${noHeader}`,
  ],
  [
    'no entry',
    file('{"a":3}'),
    'a: expected an element format of F64, F32, F16, BF16, I64, I32, I16, I8, U8 or BOOL, received undefined.',
  ],
  [
    'unknown format',
    file(`{"a":${entry('F8_E4M3', '[1]', 0, 1)}}`, new Uint8Array(1)),
    'a: expected an element format of F64, F32, F16, BF16, I64, I32, I16, I8, U8 or BOOL, received F8_E4M3.',
  ],
  [
    'negative shape',
    file(`{"a":${entry('F32', '[-1]', 0, 4)}}`, new Uint8Array(4)),
    `a: expected a shape of whole numbers, received [-1]. ${damaged}`,
  ],
  [
    'huge shape',
    file(`{"a":${entry('F32', '[9007199254740991,4]', 0, 4)}}`, new Uint8Array(4)),
    `a: expected a shape of whole numbers, received [9007199254740991,4]. ${damaged}`,
  ],
  [
    'offsets',
    file('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}', new Uint8Array(4)),
    `a: expected data_offsets of two whole numbers, received [0]. ${damaged}`,
  ],
  [
    'size',
    file(`{"a":${entry('F32', '[2]', 0, 4)}}`, new Uint8Array(4)),
    `a: expected 8 bytes for F32 of shape [2], received data_offsets [0, 4]. ${damaged}`,
  ],
  [
    'out of range',
    file(`{"a":${entry('F32', '[2]', 0, 8)}}`, new Uint8Array(4)),
    `a: expected data within 4 bytes, received data_offsets [0, 8]. ${damaged}`,
  ],
  [
    'overlap',
    file(`{"a":${entry('U8', '[4]', 0, 4)},"b":${entry('U8', '[4]', 2, 6)}}`, new Uint8Array(6)),
    `b: expected data that begins at 4, where the tensor before it ends, received data_offsets [2, 6]. ${damaged}`,
  ],
  [
    'gap',
    file(`{"a":${entry('U8', '[4]', 1, 5)}}`, new Uint8Array(5)),
    `a: expected data that begins at 0, where the tensor before it ends, received data_offsets [1, 5]. ${damaged}`,
  ],
  [
    'rest',
    file(`{"a":${entry('U8', '[4]', 0, 4)}}`, new Uint8Array(5)),
    `x.safetensors: expected a safetensors header, received 5 bytes of data of which the tensors are only 4. ${noHeader}`,
  ],
  [
    'deep nesting',
    file(`{"a":${'['.repeat(100_000)}`),
    `x.safetensors: expected a safetensors header, received text that is not JSON. ${noHeader}`,
  ],
])('refuses: %s', async (_, bytes, message) => {
  await expect(open(bytes)).rejects.toMatchObject({ name: 'WeightError', message });
});

test('a write that is aborted, and a store that does not keep its word', async () => {
  const { sink } = memorySink();
  const stop = AbortSignal.abort(new Error('stopped'));
  await expect(writeSafetensors(memoryStore([]), { sink, signal: stop })).rejects.toThrow(
    'stopped',
  );
  const store = memoryStore([['w', float32Tensor([2], Float32Array.of(1, 2))]]);
  await expect(writeSafetensors({ ...store, shapeOf: () => [3] }, { sink })).rejects.toThrow(
    'w: expected float32 [3], as the store announced, received float32 [2] with 2 elements.',
  );
});

test('sources', async () => {
  const bytes = Uint8Array.from({ length: 10 }, (_, i) => i);
  const blob = blobSource(new Blob([bytes]), 'blob');
  for (const source of [bytesSource(bytes, 'b'), blob]) {
    expect(source.size).toBe(10);
    expect([...(await source.read(2, 3))]).toEqual([2, 3, 4]);
    expect([...(await sourceRange(source, 2, 5).read(1, 2))]).toEqual([3, 4]);
  }
  const truncated = 'The file is truncated or damaged; fetch it again.';
  await expect(blob.read(8, 3)).rejects.toThrow(
    `blob: expected 3 bytes at offset 8, received 10 bytes in all. ${truncated}`,
  );
  await expect(bytesSource(bytes).read(-1, 3)).rejects.toThrow(
    `weights: expected 3 bytes at offset -1, received 10 bytes in all. ${truncated}`,
  );
  await expect(sourceRange(blob, 2, 5).read(4, 2)).rejects.toThrow(
    `blob: expected 2 bytes at offset 4, received 5 bytes in all. ${truncated}`,
  );
  expect(() => sourceRange(blob, 9, 2)).toThrow(
    `blob: expected 2 bytes at offset 9, received 10 bytes in all. ${truncated}`,
  );
});

test('a header of very many names is refused before anything is made of it', async () => {
  const entry = '"dtype":"F32","shape":[0],"data_offsets":[0,0]';
  const names = Array.from({ length: 20_000 }, (_, i) => `"t${i}":{${entry}}`);
  await expect(readSafetensors(bytesSource(file(`{${names.join()}}`)))).rejects.toThrow(
    'received more than 16384 tensors',
  );
  const shape = `"w":{"dtype":"F32","shape":[${'1,'.repeat(1e6)}1],"data_offsets":[0,4]}`;
  await expect(readSafetensors(bytesSource(file(`{${shape}}`, new Uint8Array(4))))).rejects.toThrow(
    'w: expected a shape of at most 32 numbers, received 1000001.',
  );
});
