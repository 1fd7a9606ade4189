/** @file Random numbers that depend on their keys alone, so that no thread or order can change them. */

/** Numbers in [0, 1), the same for the same keys: each call gives the next. */
export function keyedRandom(...keys: readonly number[]): () => number {
  let state = 0x9e3779b9;
  for (const key of keys) {
    // Both halves of a key count, so that seeds above 2³² differ.
    state = mixed(state ^ key);
    state = mixed((state + Math.floor(key / 2 ** 32)) | 0);
  }
  return () => {
    state = (state + 0x9e3779b9) | 0;
    return mixed(state) / 2 ** 32;
  };
}

/** A bijection of 32 bits that spreads every bit over all (the finaliser of MurmurHash3, twice). */
function mixed(bits: number): number {
  let x = bits;
  for (let round = 0; round < 2; round++) {
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    x ^= x >>> 16;
  }
  return x >>> 0;
}
