import { expect } from '@jest/globals';

const bytesOf = ({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength);

/**
 * Typed arrays of the same bytes are equal: Jest's own comparison looks at each element through several functions, which
 * for a clip takes seconds. Whatever differs is left to it, and to what it says of the difference.
 */
expect.addEqualityTesters([
  (a, b) =>
    ArrayBuffer.isView(a) &&
    ArrayBuffer.isView(b) &&
    a.constructor === b.constructor &&
    bytesOf(a).equals(bytesOf(b))
      ? true
      : undefined,
]);
