import { float32Tensor, type HostTensor, type Shape } from '../tensor.js';
import { checkFeeds, type NamedType } from './feeds.js';

const inputs: readonly NamedType[] = [
  { name: 'clip', dtype: 'float32', shape: ['N', 2, 'T'] },
  { name: 'boxes', dtype: 'float32', shape: ['R', 5] },
];
const zeros = (shape: Shape): HostTensor =>
  float32Tensor(shape, new Float32Array(shape.reduce((a, b) => a * b, 1)));

it('gives the size of each symbolic dimension', () => {
  const sizes = checkFeeds('model', inputs, { clip: zeros([3, 2, 4]), boxes: zeros([6, 5]) });
  expect([...sizes]).toEqual([
    ['N', 3],
    ['T', 4],
    ['R', 6],
  ]);
});

it('takes no regions, but not no clips', () => {
  const boxes = zeros([0, 5]);
  expect(checkFeeds('model', inputs, { clip: zeros([1, 2, 1]), boxes }).get('R')).toBe(0);
  expect(() => checkFeeds('model', inputs, { clip: zeros([0, 2, 1]), boxes })).toThrow(
    'model, input clip: expected N of at least 1, received N = 0. Give at least one clip.',
  );
});

it('takes a dimension that is a multiple of another', () => {
  const both: readonly NamedType[] = [
    { name: 'slow', dtype: 'float32', shape: ['N', 'T'] },
    { name: 'fast', dtype: 'float32', shape: ['N', '4*T'] },
  ];
  const check = (slow: number, fast: number, given = both) =>
    checkFeeds('model', given, { slow: zeros([1, slow]), fast: zeros([1, fast]) });
  expect([...check(2, 8)]).toEqual([
    ['N', 1],
    ['T', 2],
    ['4*T', 8],
  ]);
  expect(() => check(2, 12)).toThrow(
    'model, input fast: expected 4*T = 8, as in input slow, received 4*T = 12.',
  );
  expect(() => check(2, 9, both.toReversed())).toThrow(
    'model, input fast: expected 4*T, a multiple of 4, received 4*T = 9.',
  );
});

it('refuses names that are inherited', () => {
  const feeds = Object.create({ boxes: zeros([1, 5]) }) as Record<string, HostTensor>;
  feeds['clip'] = zeros([1, 2, 1]);
  expect(() => checkFeeds('model', inputs, feeds)).toThrow(
    'model: expected inputs clip, boxes, received clip.',
  );
});

it('refuses another element type, another shape, and data of another length', () => {
  const boxes = zeros([1, 5]);
  const clip = zeros([1, 2, 2]);
  const check = (tensor: unknown) => () =>
    checkFeeds('model', inputs, { clip: tensor as HostTensor, boxes });
  const type = 'model, input clip: expected float32 of shape [N, 2, T], received';
  expect(check(undefined)).toThrow(`${type} no tensor.`);
  expect(check({ ...clip, dtype: 'int32' })).toThrow(`${type} int32.`);
  expect(check({ ...clip, shape: [1, 2] })).toThrow(`${type} [1, 2].`);
  expect(check({ ...clip, shape: [1, 2, 0.5] })).toThrow(`${type} [1, 2, 0.5].`);
  expect(check({ ...clip, data: new Float64Array(4) })).toThrow(
    'model, input clip: expected a Float32Array of 4 elements for [1, 2, 2], ' +
      'received Float64Array of 4 elements.',
  );
});
