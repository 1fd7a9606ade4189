/**
 * @file Bringing samples to another rate: a sinc in a Kaiser window, with the length, cutoff and window that swresample of
 * FFmpeg has by default, so that a page hears what Node does. Needs no Node API.
 */

const [LENGTH, CUTOFF, BETA] = [32, 0.97, 9];

/** The modified Bessel function of the first kind and order 0. */
function bessel(x: number): number {
  let [sum, term] = [1, 1];
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));

/** Weights of the samples around each of the positions between two that can be asked for; each sums to 1. */
function filterBank(factor: number, taps: number, phases: number): Float64Array {
  const bank = new Float64Array(taps * phases);
  const centre = Math.floor((taps - 1) / 2);
  for (let phase = 0; phase < phases; phase++) {
    const own = bank.subarray(phase * taps, (phase + 1) * taps);
    for (let i = 0; i < taps; i++) {
      const x = Math.PI * (i - centre - phase / phases) * factor;
      const w = (2 * x) / (factor * taps * Math.PI);
      own[i] = (x === 0 ? 1 : Math.sin(x) / x) * bessel(BETA * Math.sqrt(Math.max(1 - w * w, 0)));
    }
    const sum = own.reduce((a, b) => a + b, 0);
    for (let i = 0; i < taps; i++) own[i]! /= sum;
  }
  return bank;
}

/** Samples that come in pieces, at another rate. */
export interface Resampler {
  /** What is known by now of the samples so far. */
  add(samples: Float32Array): Float32Array;
  /** The rest, as if silence followed; it then begins anew. */
  end(): Float32Array;
}

/** Makes a {@link Resampler} from one rate to another; silence is before the first sample. */
export function resampler(from: number, to: number): Resampler {
  const common = divisor(from, to);
  const [step, phases] = [from / common, to / common];
  const factor = Math.min((to * CUTOFF) / from, 1);
  const half = Math.ceil(LENGTH / factor / 2);
  const taps = 2 * half;
  const centre = half - 1;
  const bank = from === to ? undefined : filterBank(factor, taps, phases);
  /** Samples that may still be needed, and the place of the first of them; that of the next in phases of a sample. */
  let [rest, start, position] = [new Float32Array(centre), -centre, 0];

  function add(samples: Float32Array): Float32Array {
    if (!bank) return samples;
    const all = new Float32Array(rest.length + samples.length);
    all.set(rest);
    all.set(samples, rest.length);
    const end = start + all.length;
    // The last place whose neighbours are all there.
    const last = (end - taps + centre) * phases + phases - 1;
    const count = Math.max(0, Math.floor((last - position) / step) + 1);
    const result = new Float32Array(count);
    for (let k = 0; k < count; k++, position += step) {
      const at = Math.floor(position / phases) - centre - start;
      const own = (position % phases) * taps;
      let sum = 0;
      for (let i = 0; i < taps; i++) sum += bank[own + i]! * all[at + i]!;
      result[k] = sum;
    }
    const needed = Math.floor(position / phases) - centre;
    rest = all.slice(Math.max(0, needed - start));
    start = Math.max(start, needed);
    return result;
  }

  return {
    add,
    end() {
      const result = bank ? add(new Float32Array(taps)) : new Float32Array();
      [rest, start, position] = [new Float32Array(centre), -centre, 0];
      return result;
    },
  };
}
