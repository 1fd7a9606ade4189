import { readFileSync } from 'node:fs';
import type { SoundSampling } from '@slowfast/core';
import { logMelSpectrogram, melFilters, soundSamples } from './log-mel.js';

/** Values of librosa; how they were made is told in the goldens' README. */
const golden = JSON.parse(
  readFileSync(new URL('../goldens/log-mel.json', import.meta.url), 'utf8'),
) as {
  sound: Pick<SoundSampling, 'rate' | 'window' | 'hop' | 'mels'>;
  filters: Record<string, { first: number; weights: number[] }>;
  filterSums: number[];
  logSpectrogram: { shape: [number, number]; values: number[] };
};

const [FRAMES] = golden.logSpectrogram.shape;
const SOUND: SoundSampling = { ...golden.sound, frames: FRAMES, mean: 0, std: 1 };

/** Two tones, a chirp and a click. */
const signal = Float32Array.from({ length: 4096 }, (_, i) => {
  const t = i / SOUND.rate;
  const tones =
    0.4 * Math.sin(2 * Math.PI * 440 * t) +
    0.2 * Math.sin(2 * Math.PI * 3000 * t) +
    0.3 * Math.sin(2 * Math.PI * (100 * t + 14000 * t * t));
  return i === 2000 ? tones + 1 : tones;
});

const furthest = (a: Iterable<number>, b: readonly number[]): number =>
  Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);

test('mel filters are librosa’s', () => {
  const filters = melFilters(SOUND);
  for (const [mel, { first, weights }] of Object.entries(golden.filters)) {
    expect(filters[Number(mel)]!.first).toBe(first);
    expect(filters[Number(mel)]!.weights).toHaveLength(weights.length);
    expect(furthest(filters[Number(mel)]!.weights, weights)).toBeLessThan(1e-8);
  }
  const sums = filters.map(({ weights }) => weights.reduce((a, b) => a + b, 0));
  expect(furthest(sums, golden.filterSums)).toBeLessThan(1e-7);
});

test('a log-mel spectrogram is librosa’s', () => {
  const samples = signal.subarray(0, soundSamples(SOUND));
  expect(samples).toHaveLength(4096);
  const own = logMelSpectrogram(SOUND)(samples);
  const rows = [0, 6, 14].flatMap((frame) => [...own.subarray(80 * frame, 80 * frame + 80)]);
  expect(rows).toHaveLength(golden.logSpectrogram.values.length);
  expect(furthest(rows, golden.logSpectrogram.values)).toBeLessThan(2e-4);
  const normalised = logMelSpectrogram({ ...SOUND, mean: -7, std: 4 })(samples);
  expect(
    furthest(
      normalised,
      Array.from(own, (value) => (value + 7) / 4),
    ),
  ).toBeLessThan(1e-6);
});

test.each([400, 255, 512])(
  'the spectrum of a window of %i samples is that of the definition',
  (window) => {
    const sound = { ...SOUND, window, frames: 1, mels: 8 };
    const own = logMelSpectrogram(sound)(signal.subarray(0, window));
    const power = Array.from({ length: Math.floor(window / 2) + 1 }, (_, k) => {
      let [re, im] = [0, 0];
      for (let n = 0; n < window; n++) {
        const angle = (2 * Math.PI * n) / window;
        const value = signal[n]! * (0.5 - 0.5 * Math.cos(angle));
        re += value * Math.cos(angle * k);
        im += value * Math.sin(angle * k);
      }
      return re * re + im * im;
    });
    const expected = melFilters(sound).map(({ first, weights }) =>
      Math.log(weights.reduce((sum, weight, i) => sum + weight * power[first + i]!, 0) + 1e-8),
    );
    expect(furthest(own, expected)).toBeLessThan(1e-5);
  },
);

test('another number of samples is refused', () => {
  expect(() => logMelSpectrogram(SOUND)(signal.subarray(1))).toThrow(
    'samples: expected 4096 for 15 frames, received 4095.',
  );
});
