/** @file The random numbers of numpy's `RandomState`, by which mmaction2 draws frames in its tests. */

const SIZE = 624;
const SHIFT = 397;

/** MT19937 (Matsumoto and Nishimura 1998), seeded as numpy seeds it by a whole number. */
export class MersenneTwister {
  readonly #state = new Uint32Array(SIZE);
  #at = SIZE;

  constructor(seed: number) {
    this.#state[0] = seed;
    for (let i = 1; i < SIZE; i++) {
      const last = this.#state[i - 1]!;
      this.#state[i] = Math.imul(1_812_433_253, last ^ (last >>> 30)) + i;
    }
  }

  /** A whole number from 0 to `most`: bits beyond its own are cut off, and what is still too large is drawn again. */
  upTo(most: number): number {
    if (most === 0) return 0;
    const mask = 2 ** (32 - Math.clz32(most)) - 1;
    for (;;) {
      const value = (this.#next() & mask) >>> 0;
      if (value <= most) return value;
    }
  }

  /** So many of the numbers from 0 to `count - 1`, each once. */
  choice(count: number, size: number): readonly number[] {
    const all = Array.from({ length: count }, (_, i) => i);
    for (let i = count - 1; i > 0; i--) {
      const j = this.upTo(i);
      [all[i], all[j]] = [all[j]!, all[i]!];
    }
    return all.slice(0, size);
  }

  #next(): number {
    if (this.#at === SIZE) this.#refill();
    let y = this.#state[this.#at++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  #refill(): void {
    const state = this.#state;
    for (let i = 0; i < SIZE; i++) {
      const y = (state[i]! & 0x80000000) | (state[(i + 1) % SIZE]! & 0x7fffffff);
      state[i] = state[(i + SHIFT) % SIZE]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.#at = 0;
  }
}
