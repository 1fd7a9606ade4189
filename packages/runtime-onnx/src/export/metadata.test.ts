import type { ModelMetadata, Preprocessing } from '@slowfast/core';
import { metadataFromFile, metadataOf } from './metadata.js';

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

test.each<readonly [string, ModelMetadata]>([
  [
    'all',
    { preprocessing: { ...PREPROCESSING, labels: 'two' }, labels: ['a "b"', 'ç'], trained: false },
  ],
  ['preprocessing', { preprocessing: PREPROCESSING }],
  ['the precision', { precision: 'int8' }],
  [
    'segments',
    { preprocessing: { ...PREPROCESSING, clip: { ...PREPROCESSING.clip, segments: true } } },
  ],
  ['none', {}],
])('%s: metadata are the same after a file', (_, metadata) => {
  expect(metadataFromFile(metadataOf('net', metadata))).toEqual(metadata);
});

test('other entries are left alone', () => {
  expect(metadataFromFile({ author: 'someone', 'slowfast.other': '{' })).toEqual({});
});

const REMEDY = 'The file was changed after it was exported; export it again.';
const long = JSON.stringify({ ...PREPROCESSING, crop: '256' });

test.each([
  ['slowfast.preprocessing', '{', 'preprocessing', '{'],
  ['slowfast.preprocessing', 'null', 'preprocessing', 'null'],
  ['slowfast.preprocessing', long, 'preprocessing', `${long.slice(0, 60)}…`],
  ['slowfast.labels', '["a", 1]', 'a list of class names', '["a", 1]'],
  ['slowfast.trained', '1', 'true or false', '1'],
  ['slowfast.precision', '"int4"', '"int8"', '"int4"'],
])('%s of %s', (key, text, expected, received) => {
  expect(() => metadataFromFile({ [key]: text })).toThrow(
    `metadata ${key}: expected ${expected} as JSON, received ${received}. ${REMEDY}`,
  );
});

test.each(Object.keys(PREPROCESSING))('preprocessing without %s is refused', (field) => {
  const rest = Object.entries(PREPROCESSING).filter(([key]) => key !== field);
  const metadata = { 'slowfast.preprocessing': JSON.stringify(Object.fromEntries(rest)) };
  expect(() => metadataFromFile(metadata)).toThrow(
    'metadata slowfast.preprocessing: expected preprocessing',
  );
});
