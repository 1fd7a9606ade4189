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
