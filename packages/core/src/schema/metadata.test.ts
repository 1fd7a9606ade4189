import type { Preprocessing } from '../model/preprocessing.js';
import { METADATA_KEYS, metadataTexts, metadataValues, readMetadata } from './metadata.js';
import { readPreprocessing } from './preprocessing.js';

const PREPROCESSING: Preprocessing = {
  clip: { frames: 32, stride: 2, fps: 30 },
  sampling: 'pyslowfast',
  pathways: { slow: { frames: 4, rule: 'linspace' }, fast: { frames: 32, rule: 'linspace' } },
  resize: 256,
  crop: 256,
  mean: [0.45, 0.45, 0.45],
  std: [0.225, 0.225, 0.225],
  channelOrder: 'rgb',
  activation: 'none',
  views: { clips: 10, crops: 3, combine: 'mean' },
};

const SOUND = { rate: 16_000, window: 512, hop: 256, frames: 128, mels: 80, mean: -7, std: 5 };

describe('preprocessing from a file', () => {
  it('is taken as it is', () => {
    const all: Preprocessing = {
      ...PREPROCESSING,
      clip: { ...PREPROCESSING.clip, segments: true },
      stretch: [64, 96],
      labels: 'kinetics400',
    };
    expect(readPreprocessing(PREPROCESSING)).toEqual(PREPROCESSING);
    expect(readPreprocessing(all)).toEqual(all);
  });

  const views = PREPROCESSING.views;
  const clip = PREPROCESSING.clip;
  it.each([
    [{ mean: [] }, 'mean: expected three numbers, received [].'],
    [{ mean: 'x' }, 'mean: expected three numbers, received "x".'],
    [{ mean: [0, 0, null] }, 'mean[2]: expected a number, received null.'],
    [{ std: [1, 0, 1] }, 'std[1]: expected a positive number, received 0.'],
    [{ crop: -5 }, 'crop: expected a whole number from 1 to 8192, received -5.'],
    [{ crop: 257 }, 'expected a crop that fits in the resized frame'],
    [
      { clip: { ...clip, frames: 1e9 } },
      'clip.frames: expected a whole number from 1 to 4096, received 1000000000.',
    ],
    [{ clip: { ...clip, fps: 0 } }, 'clip.fps: expected a positive number, received 0.'],
    [
      { clip: { ...clip, frame: 1 } },
      'clip.frame: expected a key that there is, received an unknown one. The nearest are frames, stride, fps.',
    ],
    [
      { clip: { frames: 8, fps: 30 } },
      'clip.stride: expected a whole number from 1 to 4096, received nothing.',
    ],
    [
      { clip: { ...clip, frames: 4096 }, resize: 8192, crop: 8192 },
      'expected clips of at most 536870912 numbers',
    ],
    [{ clip: { ...clip, frames: 16 } }, 'expected pathways of no more frames than the clip'],
    [
      {
        pathways: { audio: { frames: 4096, rule: 'linspace', input: 'sound' } },
        sound: { ...SOUND, frames: 4096, hop: 8192 },
      },
      'expected sound of at most 4194304 samples a clip',
    ],
    [
      { pathways: { audio: { frames: 64, rule: 'linspace', input: 'sound' } }, sound: SOUND },
      'expected sound, of as many frames as the pathway that hears it',
    ],
    [
      { views: { ...views, clips: 1e9 } },
      'views.clips: expected a whole number from 1 to 10000, received 1000000000.',
    ],
    [
      { views: { ...views, crops: 2 } },
      'preprocessing: views.crops: expected 1 or 3 crops, or 1 or 2 of skeletons, received {',
    ],
    [{ stretch: [64] }, 'stretch: expected height and width in pixels, received [64].'],
    [
      { pathways: { slow: { frames: 0, rule: 'stride' } } },
      'pathways.slow.frames: expected a whole number from 1 to 4096, received 0.',
    ],
    [
      {
        pathways: Object.fromEntries(
          Array.from({ length: 10_000 }, (_, i) => [`p${i}`, { frames: 1, rule: 'stride' }]),
        ),
      },
      'pathways: expected frames and rule by pathway, at most 16, received {"p0"',
    ],
    [
      { ['k'.repeat(1 << 20)]: 1 },
      /^preprocessing: "k+\.\.\.: expected a key that there is, .{1,200}$/,
    ],
    [
      { labels: 'l'.repeat(1 << 20) },
      /^preprocessing: labels: expected a text of at most 256 characters, .{1,80}$/,
    ],
  ])('is refused by its key: %.60j', (change, message) => {
    expect(() =>
      readPreprocessing({ ...PREPROCESSING, ...change }, { site: 'preprocessing' }),
    ).toThrow(message);
  });

  it.each(Object.keys(PREPROCESSING))('without %s is refused', (field) => {
    const rest = Object.fromEntries(Object.entries(PREPROCESSING).filter(([key]) => key !== field));
    expect(() => readPreprocessing(rest)).toThrow(
      new RegExp(`^${field}: expected .*, received nothing`),
    );
  });
});

describe('metadata', () => {
  it('is the same after a file, as values and as text', () => {
    const metadata = {
      preprocessing: PREPROCESSING,
      labels: ['a "b"', ''],
      trained: false,
      precision: 'int8',
    } as const;
    const values = metadataValues('net', metadata);
    expect(values[METADATA_KEYS.name]).toBe('net');
    expect(readMetadata(values, 'values')).toEqual(metadata);
    expect(readMetadata(metadataTexts('net', metadata), 'text')).toEqual(metadata);
  });

  it('leaves entries of others alone', () => {
    expect(readMetadata({ author: 'someone', 'slowfast.other': '{' }, 'text')).toEqual({});
  });

  it.each([
    ['slowfast.preprocessing', '{', 'expected JSON, received "{"'],
    ['slowfast.preprocessing', 'null', 'expected keys with values, received null'],
    ['slowfast.labels', '["a", 1]', '[1]: expected a text, received 1'],
    ['slowfast.labels', '{"0": "a"}', 'expected a list, received {"0":"a"}'],
    ['slowfast.trained', '1', 'expected true or false, received 1'],
    ['slowfast.precision', '"int4"', 'expected one of int8, received "int4"'],
  ])('%s of %s', (key, text, message) => {
    expect(() => readMetadata({ [key]: text }, 'text')).toThrow(
      `metadata ${key}: ${message}. The file was changed after it was exported; export it again.`,
    );
  });
});
