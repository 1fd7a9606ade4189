import { toFloat16 } from './float16.js';

const half = (...values: number[]): number[] => [...toFloat16(Float32Array.from(values), 'w')];

// Bit patterns from IEEE 754's definition of binary16.
test.each([
  [0, 0x0000],
  [-0, 0x8000],
  [1, 0x3c00],
  [-2, 0xc000],
  [65504, 0x7bff],
  [65519, 0x7bff],
  [1 / 3, 0x3555],
  [2 ** -14, 0x0400],
  [2 ** -24, 0x0001],
  [2 ** -25, 0x0000],
  [1.5 * 2 ** -25, 0x0001],
  [2 ** -26, 0x0000],
  [1023 * 2 ** -24, 0x03ff],
  [1023.75 * 2 ** -24, 0x0400],
  [1 + 2 ** -11, 0x3c00],
  [1 + 3 * 2 ** -11, 0x3c02],
  [2047.9, 0x6800],
])('%f', (value, bits) => {
  expect(half(value)).toEqual([bits]);
});

test('every float16 stays itself, and what lies between goes to the nearer', () => {
  for (let bits = 0; bits < 0x7bff; bits++) {
    const [low, high] = [valueOf(bits), valueOf(bits + 1)];
    const even = bits % 2 === 0 ? bits : bits + 1;
    expect(half(low, low + (high - low) / 4, (low + high) / 2, low + 0.75 * (high - low))).toEqual([
      bits,
      bits,
      even,
      bits + 1,
    ]);
  }
});

function valueOf(bits: number): number {
  const [exponent, mantissa] = [bits >> 10, bits & 0x3ff];
  return exponent === 0 ? mantissa * 2 ** -24 : (1024 + mantissa) * 2 ** (exponent - 25);
}

test.each([65520, 1e30, -70000])('%f does not fit', (value) => {
  expect(() => half(value)).toThrow(
    `w: expected numbers within ±65504 for precision 'float16', received ${Math.fround(value)}. ` +
      "Use precision 'float32'.",
  );
});
