import type { ModelFacts, Recipe } from '@slowfast/core';
import { factsFromMetadata, metadataOf } from './facts.js';

const RECIPE: Recipe = {
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

test.each<readonly [string, ModelFacts]>([
  ['all', { recipe: { ...RECIPE, labels: 'two' }, labels: ['a "b"', 'ç'], trained: false }],
  ['a recipe', { recipe: RECIPE }],
  ['the precision', { precision: 'int8' }],
  ['segments', { recipe: { ...RECIPE, clip: { ...RECIPE.clip, segments: true } } }],
  ['none', {}],
])('%s: facts are the same after a file', (_, facts) => {
  expect(factsFromMetadata(metadataOf('net', facts))).toEqual(facts);
});

test('other entries are left alone', () => {
  expect(factsFromMetadata({ author: 'someone', 'slowfast.other': '{' })).toEqual({});
});

const REMEDY = 'The file was changed after it was exported; export it again.';
const long = JSON.stringify({ ...RECIPE, crop: '256' });

test.each([
  ['slowfast.recipe', '{', 'a recipe', '{'],
  ['slowfast.recipe', 'null', 'a recipe', 'null'],
  ['slowfast.recipe', long, 'a recipe', `${long.slice(0, 60)}…`],
  ['slowfast.labels', '["a", 1]', 'a list of class names', '["a", 1]'],
  ['slowfast.trained', '1', 'true or false', '1'],
  ['slowfast.precision', '"int4"', '"int8"', '"int4"'],
])('%s of %s', (key, text, expected, received) => {
  expect(() => factsFromMetadata({ [key]: text })).toThrow(
    `metadata ${key}: expected ${expected} as JSON, received ${received}. ${REMEDY}`,
  );
});

test.each(Object.keys(RECIPE))('a recipe without %s is refused', (field) => {
  const rest = Object.entries(RECIPE).filter(([key]) => key !== field);
  const metadata = { 'slowfast.recipe': JSON.stringify(Object.fromEntries(rest)) };
  expect(() => factsFromMetadata(metadata)).toThrow('metadata slowfast.recipe: expected a recipe');
});
