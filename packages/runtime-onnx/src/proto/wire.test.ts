import { MessageWriter } from './wire.js';

const hex = (writer: MessageWriter): string => Buffer.from(writer.bytes()).toString('hex');

// The bytes are those of the protobuf documentation (encoding) and of Python's protobuf 5.
test.each([
  [1, 150, '089601'],
  [1, 0, '0800'],
  [16, 1, '800101'],
  [3, -1, '18ffffffffffffffffff01'],
  [3, 2 ** 31, '188080808008'],
  [3, 2 ** 53 - 1, '18ffffffffffffff0f'],
])('integer field %i of %i', (field, value, bytes) => {
  expect(hex(new MessageWriter().integer(field, value))).toBe(bytes);
});

test('strings are UTF-8 with their length in bytes', () => {
  expect(hex(new MessageWriter().string(2, 'testing'))).toBe('120774657374696e67');
  expect(hex(new MessageWriter().string(2, 'é'))).toBe('1202c3a9');
});

test('floats are little-endian', () => {
  expect(hex(new MessageWriter().float(2, 1.5))).toBe('150000c03f');
});

test('messages nest, and the buffer grows', () => {
  const writer = new MessageWriter().message(3, (inner) => inner.integer(1, 150));
  expect(hex(writer)).toBe('1a03089601');
  const long = 'x'.repeat(1000);
  const bytes = new MessageWriter().string(1, long).integer(2, 1).bytes();
  expect(Buffer.from(bytes).toString('latin1')).toBe(`\n\xe8\x07${long}\x10\x01`);
});
