/** @file Log-mel spectrograms, as librosa defines them (`melspectrogram(htk=True, center=False)`). Needs no Node API. */
import { checkArguments, ShapeError, type SoundSampling } from '@slowfast/core';

/** Added to power before its logarithm is taken. */
const FLOOR = 1e-8;

/** Samples that a spectrogram is made of: no frame reaches beyond them. */
export function soundSamples(sampling: SoundSampling): number {
  checkArguments('soundSamples', { sampling: [sampling, 'object'] });
  const { frames, hop, window } = sampling;
  return (frames - 1) * hop + window;
}

/** A triangle over the bins of a spectrum, from bin `first` on. */
interface MelFilter {
  readonly first: number;
  readonly weights: Float64Array;
}

/** Frequencies in hertz, equally spaced on HTK's mel scale from 0 to `top`. */
function melFrequencies(top: number, count: number): readonly number[] {
  const mel = 2595 * Math.log10(1 + top / 700);
  return Array.from(
    { length: count },
    (_, i) => 700 * (10 ** ((mel * i) / (count - 1) / 2595) - 1),
  );
}

/** Triangles between neighbouring mel frequencies, each of area 1 over hertz. */
export function melFilters({
  rate,
  window,
  mels,
}: Pick<SoundSampling, 'rate' | 'window' | 'mels'>): readonly MelFilter[] {
  const edges = melFrequencies(rate / 2, mels + 2);
  const hertz = Array.from({ length: Math.floor(window / 2) + 1 }, (_, k) => (k * rate) / window);
  return Array.from({ length: mels }, (_, i) => {
    const [low, middle, high] = [edges[i]!, edges[i + 1]!, edges[i + 2]!];
    const inside = hertz.map((f, k) => (f > low && f < high ? k : -1)).filter((k) => k >= 0);
    const weight = (k: number): number => {
      const slope = Math.min(
        (hertz[k]! - low) / (middle - low),
        (high - hertz[k]!) / (high - middle),
      );
      return (2 * slope) / (high - low);
    };
    return { first: inside[0] ?? 0, weights: Float64Array.from(inside, weight) };
  });
}

/** The discrete Fourier transform of `size` real numbers: real and imaginary part in turn. */
function fourierTransform(size: number): (x: Float64Array) => Float64Array {
  const cos = Float64Array.from({ length: size }, (_, i) => Math.cos((2 * Math.PI * i) / size));
  const sin = Float64Array.from({ length: size }, (_, i) => -Math.sin((2 * Math.PI * i) / size));
  const out = new Float64Array(2 * size);

  /** Of every `step`-th number from `from`; halves where there is an even number of them. */
  function transform(x: Float64Array, from: number, step: number, at: number): void {
    const count = size / step;
    if (count % 2 === 1) {
      for (let k = 0; k < count; k++) {
        let [re, im] = [0, 0];
        for (let n = 0; n < count; n++) {
          const turn = ((n * k) % count) * step;
          re += x[from + n * step]! * cos[turn]!;
          im += x[from + n * step]! * sin[turn]!;
        }
        out[2 * (at + k)] = re;
        out[2 * (at + k) + 1] = im;
      }
      return;
    }
    const half = count / 2;
    transform(x, from, 2 * step, at);
    transform(x, from + step, 2 * step, at + half);
    for (let k = 0; k < half; k++) {
      const [a, b] = [2 * (at + k), 2 * (at + half + k)];
      const [c, s] = [cos[k * step]!, sin[k * step]!];
      const re = out[b]! * c - out[b + 1]! * s;
      const im = out[b]! * s + out[b + 1]! * c;
      out[b] = out[a]! - re;
      out[b + 1] = out[a + 1]! - im;
      out[a] = out[a]! + re;
      out[a + 1] = out[a + 1]! + im;
    }
  }
  return (x) => {
    transform(x, 0, 1, 0);
    return out;
  };
}

/** A spectrogram `[frames, mels]` of one channel of {@link soundSamples} numbers. */
export type Spectrogram = (samples: Float32Array) => Float32Array;

/**
 * Makes spectrograms: power of Hann windows, summed by mel filters, in the natural logarithm, normalised. The function throws
 * {@link ShapeError} for another number of samples.
 *
 * @example
 * const spectrogram = logMelSpectrogram(preprocessing.sound);
 * const data = spectrogram(new Float32Array(soundSamples(preprocessing.sound)));
 */
export function logMelSpectrogram(sampling: SoundSampling): Spectrogram {
  checkArguments('logMelSpectrogram', { sampling: [sampling, 'object'] });
  const { window, hop, frames, mels, mean, std } = sampling;
  const hann = Float64Array.from(
    { length: window },
    (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / window),
  );
  const filters = melFilters(sampling);
  const transform = fourierTransform(window);
  const length = soundSamples(sampling);
  return (samples) => {
    if (samples.length !== length) {
      throw new ShapeError({
        site: 'samples',
        expected: `${length} for ${frames} frames`,
        received: String(samples.length),
      });
    }
    const result = new Float32Array(frames * mels);
    const windowed = new Float64Array(window);
    for (let frame = 0; frame < frames; frame++) {
      for (let i = 0; i < window; i++) windowed[i] = samples[frame * hop + i]! * hann[i]!;
      const spectrum = transform(windowed);
      filters.forEach(({ first, weights }, mel) => {
        let sum = 0;
        weights.forEach((weight, i) => {
          const k = 2 * (first + i);
          sum += weight * (spectrum[k]! ** 2 + spectrum[k + 1]! ** 2);
        });
        result[frame * mels + mel] = (Math.log(sum + FLOOR) - mean) / std;
      });
    }
    return result;
  };
}
