import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

import { bytesSource } from '@slowfast/core';

import { openCheckpoint } from './open-checkpoint.js';
import { readPickle } from './pickle.js';
import { PickleInput } from './pickle-input.js';
import type { PickleValue } from './pickle-values.js';

const golden = JSON.parse(
  readFileSync(new URL('../goldens/pickles.json', import.meta.url), 'utf8'),
) as { first: number[]; last: number; gzip: Record<string, string> };

/** Bytes from text and numbers. */
const bytes = (...parts: (string | number | Uint8Array)[]): Uint8Array =>
  new Uint8Array(
    Buffer.concat(
      parts.map((part) =>
        typeof part === 'number'
          ? Uint8Array.of(part)
          : typeof part === 'string'
            ? Buffer.from(part, 'latin1')
            : part,
      ),
    ),
  );

const read = (...parts: (string | number | Uint8Array)[]): Promise<PickleValue> =>
  readPickle(new PickleInput(bytesSource(bytes(...parts), 'x.pkl')));

describe.each(Object.keys(golden.gzip))('protocol %s, as Python and numpy write it', (protocol) => {
  const file = new Uint8Array(gunzipSync(Buffer.from(golden.gzip[protocol]!, 'base64')));

  test('arrays', async () => {
    const { store, container, epoch, config } = await openCheckpoint(bytesSource(file));
    expect([container, epoch, config]).toEqual(['pickle', 3, 'A: é\nA: é\nA: é\n']);
    expect([...store.names]).toEqual(['conv1_w', 'res_conv1_bn_s', 'pred_w', 'pred_b']);
    const big = await store.read('conv1_w');
    expect(big.shape).toEqual([4, 3, 5, 7, 7]);
    expect([...(big.data as Float32Array).slice(0, 5)]).toEqual(golden.first);
    expect((big.data as Float32Array).at(-1)).toBe(golden.last);
    expect([...(await store.read('res_conv1_bn_s')).data]).toEqual([-1.5, -0.5, 0.5, 1.5]);
    const fortran = await store.read('pred_w');
    expect([fortran.shape, ...fortran.data]).toEqual([
      [3, 4],
      0,
      1,
      2,
      3,
      4,
      5,
      6,
      7,
      8,
      9,
      10,
      11,
    ]);
    expect([...(await store.read('pred_b')).data]).toEqual([1, -2, 3]);
  });

  test('plain data', async () => {
    const value = (await readPickle(new PickleInput(bytesSource(file)))) as Map<
      string,
      PickleValue
    >;
    const [items] = value.get('more') as PickleValue[][];
    expect(items!.slice(0, 6)).toEqual([1, 2.5, -3, 10n ** 30n, true, null]);
    expect(items!.slice(11)).toEqual([Infinity, -7, 300, 70000, 2 ** 40]);
    expect([items![6], items![7]]).toMatchObject([
      { kind: 'bytes', inline: 'ab' },
      { kind: 'bytes', inline: 'xyz' },
    ]);
    expect([items![8], items![9]]).toEqual([[1, 2], [3]]);
    if (Number(protocol) > 0) expect(items![10]).toMatchObject({ kind: 'text', length: 70000 });
  });
});

const trusted =
  'Nothing was executed; do not load this file with other tools unless you trust its origin.';

test.each([
  [
    'GLOBAL',
    bytes(0x80, 2, 'cos\nsystem\nX', Uint8Array.of(9, 0, 0, 0), 'touch pwn', 0x85, 'R.'),
    'os.system',
  ],
  [
    'STACK_GLOBAL',
    bytes(0x80, 4, 0x8c, 2, 'os', 0x8c, 6, 'system', 0x93, 0x8c, 9, 'touch pwn', 0x85, 'R.'),
    'os.system',
  ],
  ['GLOBAL without a header', bytes("cos\nsystem\n(S'touch pwn'\ntR."), 'os.system'],
  ['INST', bytes("(S'touch pwn'\nios\nsystem\n."), 'os.system'],
  ['eval', bytes(0x80, 2, 'c__builtin__\neval\n.'), '__builtin__.eval'],
  ['getattr', bytes(0x80, 2, 'cbuiltins\ngetattr\n.'), 'builtins.getattr'],
  ['a function of torch', bytes(0x80, 2, 'ctorch.hub\nload\n.'), 'torch.hub.load'],
  [
    'a function of numpy',
    bytes(0x80, 2, 'cnumpy.testing._private.utils\nrunstring\n.'),
    'numpy.testing._private.utils.runstring',
  ],
  ['a class elsewhere', bytes(0x80, 2, 'csubprocess\nPopen\n.'), 'subprocess.Popen'],
  [
    'a nested name',
    bytes(0x80, 4, 0x8c, 5, 'torch', 0x8c, 9, 'os.system', 0x93, '.'),
    'torch.os.system',
  ],
  ['control characters', bytes(0x80, 2, 'co\x1b[31ms\nsy\x07stem\n.'), 'o?[31ms.sy?stem'],
])('refuses %s', async (_, file, name) => {
  const message = `x.pkl: expected only tensors and plain data, received a reference to ${name}. ${trusted}`;
  await expect(openCheckpoint(bytesSource(file, 'x.pkl'))).rejects.toMatchObject({
    name: 'WeightError',
    message,
  });
});

test('classes of training libraries become records, and their state is dropped', async () => {
  const value = await read(
    0x80,
    2,
    'cmmengine.logging.history_buffer\nHistoryBuffer\n)',
    0x81,
    '}(U\x01aK\x01ub.',
  );
  expect(value).toEqual({ kind: 'opaque', path: 'mmengine.logging.history_buffer.HistoryBuffer' });
  expect(
    await read('ccopy_reg\n_reconstructor\n(cargparse\nNamespace\nc__builtin__\nobject\nNtR}b.'),
  ).toEqual({
    kind: 'opaque',
    path: 'argparse.Namespace',
  });
});

test('no key reaches a prototype', async () => {
  const value = await read(0x80, 2, '}(U\x09__proto__}U\x08pollutedK\x01sU\x0bconstructorK\x02u.');
  expect(value).toEqual(
    new Map<PickleValue, PickleValue>([
      ['__proto__', new Map([['polluted', 1]])],
      ['constructor', 2],
    ]),
  );
  expect(({} as { polluted?: number }).polluted).toBeUndefined();
});

const hostile = 'The file is damaged, hostile or no checkpoint.';

test.each([
  [
    'an unknown instruction',
    ['\x80\x02\xff'],
    `expected a pickle instruction, received byte 0xff (byte 3 of the pickle). ${hostile}`,
  ],
  [
    'protocol 6',
    ['\x80\x06N.'],
    `expected pickle protocol 0 to 5, received protocol 6 (byte 2 of the pickle). ${hostile}`,
  ],
  [
    'an empty stack',
    ['\x80\x02.'],
    `expected one value at the end, received 0 on the stack (byte 3 of the pickle). ${hostile}`,
  ],
  [
    'a value below a mark',
    ['\x80\x02K\x01(a.'],
    `expected a value on the stack, received an empty stack (byte 6 of the pickle). ${hostile}`,
  ],
  [
    'no mark',
    ['\x80\x02t.'],
    `expected a mark on the stack, received none (byte 3 of the pickle). ${hostile}`,
  ],
  [
    'nothing remembered',
    ['\x80\x02h\x07.'],
    `expected a remembered value, received number 7, never set (byte 4 of the pickle). ${hostile}`,
  ],
  [
    'items of a number',
    ['\x80\x02K\x01K\x02a.'],
    `expected a list to add items to, received number (byte 7 of the pickle). ${hostile}`,
  ],
  [
    'a key without a value',
    ['\x80\x02}(K\x01u.'],
    `expected keys with values, received a key without a value (byte 7 of the pickle). ${hostile}`,
  ],
  [
    'a call of a text',
    ['\x80\x02U\x01a)R.'],
    `expected a class to make an object of, received string (byte 7 of the pickle). ${hostile}`,
  ],
  [
    'a state of a number',
    ['\x80\x02K\x01Nb.'],
    `expected an object that can have a state, received number (byte 6 of the pickle). ${hostile}`,
  ],
  [
    'a tensor without storage',
    ['\x80\x02ctorch._utils\n_rebuild_tensor_v2\n(NK\x00))tR.'],
    `expected arguments that torch._utils._rebuild_tensor_v2 takes, received a tensor without storage (byte 43 of the pickle). ${hostile}`,
  ],
  [
    'codecs other than latin1',
    ['\x80\x02c_codecs\nencode\nU\x01aU\x03hex\x86R.'],
    `expected arguments that _codecs.encode takes, received an encoding that is not latin1 (byte 28 of the pickle). ${hostile}`,
  ],
  [
    'a reference outside',
    ['\x80\x02NQ.'],
    `expected data within the pickle, received a reference to data outside of it (byte 4 of the pickle). ${hostile}`,
  ],
  [
    'a text reference outside',
    ['P1\n.'],
    `expected a self-contained pickle, received a reference to data outside of it (byte 1 of the pickle). ${hostile}`,
  ],
  [
    'an extension',
    ['\x80\x02\x82\x01.'],
    `expected a self-contained pickle, received a registered extension (byte 3 of the pickle). ${hostile}`,
  ],
  [
    'a buffer outside',
    ['\x80\x05\x97.'],
    `expected a self-contained pickle, received a buffer outside of it (byte 3 of the pickle). ${hostile}`,
  ],
  [
    'no number',
    ['Iabc\n.'],
    `expected a whole number, received 'abc' (byte 5 of the pickle). ${hostile}`,
  ],
  [
    'a huge integer',
    ['\x80\x02\x8b\xff\xff\xff\x7f.'],
    `expected integers of at most 1024 bytes, received 2147483647 bytes (byte 7 of the pickle). ${hostile}`,
  ],
  [
    'deep nesting',
    ['\x80\x02', '('.repeat(2000)],
    `expected at most 1000 nested containers, received more (byte 1003 of the pickle). ${hostile}`,
  ],
  [
    'a truncated text',
    ['\x80\x02X\x10\x00\x00\x00abc'],
    'expected 16 more bytes of the pickle at byte 7, received 10 bytes in all. The file is truncated or damaged; fetch it again.',
  ],
  [
    'a text of 2^63 bytes',
    ['\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\x7f'],
    'expected 9223372036854776000 more bytes of the pickle at byte 11, received 11 bytes in all. The file is truncated or damaged; fetch it again.',
  ],
  [
    'a truncated number',
    ['\x80\x02J\x00'],
    'expected 4 more bytes of the pickle at byte 3, received 4 bytes in all. The file is truncated or damaged; fetch it again.',
  ],
  [
    'no end',
    ['\x80\x02N'],
    'expected 1 more byte of the pickle at byte 3, received 3 bytes in all. The file is truncated or damaged; fetch it again.',
  ],
  [
    'an endless line',
    ['I', '1'.repeat(1 << 21)],
    'expected a pickle whose lines have at most 1048576 bytes, received a longer one at byte 1.',
  ],
] as [string, string[], string][])('refuses %s', async (_, parts, message) => {
  await expect(read(...parts)).rejects.toMatchObject({
    name: 'WeightError',
    message: `x.pkl: ${message}`,
  });
});

test('a short pickle cannot ask for much work or memory', async () => {
  // A list of 4096 pairs, made into a dictionary again and again.
  const list = bytes('](', 'K\x01K\x02\x86q\x02', 'h\x02'.repeat(4095), 'eq\x01');
  const calls = (count: number, global = 'ccollections\nOrderedDict\nq\x00') =>
    bytes(global, 'h\x00h\x01\x85R0'.repeat(count), '0');
  const tooMuch =
    /expected values that take at most \d+ bytes of memory, received more, from a file of \d+ bytes/;
  await expect(read(0x80, 2, list, calls(6000), '.')).rejects.toThrow(tooMuch);
  // A dictionary takes one byte, and a hundred times as much memory as other values.
  const many = (value: string) => read(0x80, 2, ']', value.concat('0').repeat(200_000), '.');
  expect(Array.isArray(await many('N'))).toBe(true);
  await expect(many('}')).rejects.toThrow(tooMuch);
  // Each level refers to the one before twice: 2^64 leaves, 64 lists; and tuples 100 000 deep.
  const doubled = ')q\x00'.concat('h\x00h\x00\x86q\x00'.repeat(64));
  expect(Array.isArray(await read(0x80, 2, doubled.concat('0'.repeat(64)), '.'))).toBe(true);
  expect(Array.isArray(await read(0x80, 2, ')', '\x85'.repeat(100_000), '.'))).toBe(true);
});

test('numbers, text and bytes in all their forms', async () => {
  expect(await read("(I01\nI-5\nL12L\nF-2.5\nFinf\nFnan\nS'a\\x41\\n'\nVb\\u00e9\nl.")).toEqual([
    true,
    -5,
    12,
    -2.5,
    Infinity,
    NaN,
    'aA\n',
    'bé',
  ]);
  expect(
    await read(
      0x80,
      2,
      '(\x8a\x02\x00\xff\x8a\x00J\xff\xff\xff\xffM\x00\x01G\xbf\xf8\x00\x00\x00\x00\x00\x00t.',
    ),
  ).toEqual([-256, 0, -1, 256, -1.5]);
  expect(await read(0x80, 4, '\x8f(K\x01K\x02\x90(K\x03\x91\x86.')).toEqual([[1, 2], [3]]);
});
