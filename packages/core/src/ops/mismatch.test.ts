import { ShapeError } from '../errors.js';
import type { Dim, GradientOp, InferenceOp, OpAttrs, OpKind, TensorType } from '../ir/types.js';
import type { OpDefinition } from './definition.js';
import { OPS } from './table.js';

const type = (shape: readonly Dim[]): TensorType => ({ dtype: 'float32', shape });
const CLIP = ['N', 4, 8, 7, 7] as const;
const CONVOLUTION = {
  kernel: [1, 3, 3],
  stride: [1, 1, 1],
  padding: [0, 1, 1],
  dilation: [1, 1, 1],
  groups: 1,
} as const;
const CONV = { ...CONVOLUTION, activation: 'identity' } as const;
const POOL = { kernel: [1, 3, 3], stride: [1, 2, 2], padding: [0, 1, 1] } as const;
const NORM = { epsilon: 1e-5, momentum: 0.1 };
const REGIONS = { size: [7, 7], spatialScale: 1 / 16, samplingRatio: 0, aligned: true } as const;
const SLICE = { axis: 2, start: 0, stop: 8, step: 1 };

type Mismatch<K extends OpKind> = readonly [
  what: string,
  inputs: readonly (readonly Dim[])[],
  attrs: OpAttrs[K],
  message: string,
];

/** What each operation rejects: a new operation without a mismatch does not compile. */
const MISMATCHES: { readonly [K in InferenceOp]: readonly [Mismatch<K>, ...Mismatch<K>[]] } = {
  conv3d: [
    ['no weight', [CLIP], CONV, 'expected 2 to 3 inputs, received 1.'],
    [
      'symbolic channels',
      [
        ['N', 'C', 8, 7, 7],
        [2, 4, 1, 3, 3],
      ],
      CONV,
      'expected known channel counts, received [N, C, 8, 7, 7].',
    ],
    [
      'groups that do not divide the channels',
      [CLIP, [6, 1, 1, 3, 3]],
      { ...CONV, groups: 3 },
      'expected channels divisible by groups = 3, received 4 in and 6 out.',
    ],
    [
      'a weight for other channels',
      [CLIP, [6, 3, 1, 3, 3]],
      CONV,
      'expected a weight for 4 input channels a group, received a weight of shape [6, 3, 1, 3, 3].',
    ],
    [
      'a weight of another kernel',
      [CLIP, [6, 4, 3, 3, 3]],
      CONV,
      'expected a weight of kernel 1x3x3, received [6, 4, 3, 3, 3].',
    ],
    [
      'a bias of other channels',
      [CLIP, [6, 4, 1, 3, 3], [5]],
      CONV,
      'expected a bias of shape [6], received [5].',
    ],
    [
      'four axes',
      [
        ['N', 4, 7, 7],
        [6, 4, 1, 3, 3],
      ],
      CONV,
      'expected an input [N, C, T, H, W], received [N, 4, 7, 7].',
    ],
    [
      'a fractional stride',
      [CLIP, [6, 4, 1, 3, 3]],
      { ...CONV, stride: [1.5, 1, 1] },
      'expected whole numbers for kernel, stride, dilation and padding along T, received 1, 1.5, 1 and 0.',
    ],
    [
      'negative padding',
      [CLIP, [6, 4, 1, 3, 3]],
      { ...CONV, padding: [0, 0, -1] },
      'expected whole numbers for kernel, stride, dilation and padding along W, received 3, 1, 1 and -1.',
    ],
    [
      'dilation 0',
      [CLIP, [6, 4, 1, 3, 3]],
      { ...CONV, dilation: [1, 0, 1] },
      'expected whole numbers for kernel, stride, dilation and padding along H, received 3, 1, 0 and 1.',
    ],
    [
      'too few frames',
      [
        ['N', 4, 2, 7, 7],
        [6, 4, 3, 1, 1],
      ],
      { ...CONV, kernel: [3, 1, 1], padding: [0, 0, 0] },
      'expected T of at least 3 for a window of 3, received T = 2. Give the pathway more frames.',
    ],
    [
      'a map smaller than the dilated window',
      [
        ['N', 4, 2, 4, 7],
        [6, 4, 1, 3, 3],
      ],
      { ...CONV, dilation: [1, 3, 3] },
      'expected H of at least 5 for a window of 3, received H = 4. Give the model a larger input.',
    ],
  ],
  batch_norm: [
    ['no statistics', [CLIP, [4], [4]], NORM, 'expected 5 inputs, received 3.'],
    [
      'other channels',
      [CLIP, [4], [4], [4], [5]],
      NORM,
      'expected a tensor of shape [4], received [5].',
    ],
    [
      'epsilon 0',
      [CLIP, [4], [4], [4], [4]],
      { ...NORM, epsilon: 0 },
      'expected an epsilon above 0, received 0.',
    ],
  ],
  activation: [['two inputs', [CLIP, CLIP], { fn: 'relu' }, 'expected 1 input, received 2.']],
  add: [
    ['one input', [CLIP], { activation: 'relu' }, 'expected 2 inputs, received 1.'],
    [
      'unlike channels',
      [CLIP, ['N', 3, 8, 7, 7]],
      { activation: 'relu' },
      'expected two values of one shape, or 1 where they differ, received [N, 4, 8, 7, 7] and [N, 3, 8, 7, 7].',
    ],
    [
      'unlike symbols',
      [
        ['N', 4],
        ['R', 4],
      ],
      { activation: 'relu' },
      'expected two values of one shape, or 1 where they differ, received [N, 4] and [R, 4].',
    ],
  ],
  mul: [
    [
      'unlike ranks',
      [CLIP, [4]],
      {},
      'expected two values of one shape, or 1 where they differ, received [N, 4, 8, 7, 7] and [4].',
    ],
  ],
  scale: [
    [
      'an infinite factor',
      [CLIP],
      { factor: Infinity },
      'expected a finite factor, received Infinity.',
    ],
    ['no input', [], { factor: 1 }, 'expected 1 input, received 0.'],
  ],
  max_pool3d: [
    [
      'padding beyond half the kernel',
      [CLIP],
      { ...POOL, padding: [0, 2, 1] },
      'expected padding of at most half the kernel 3, received 2.',
    ],
    [
      'a small map',
      [['N', 4, 2, 2, 7]],
      { ...POOL, padding: [0, 0, 0] },
      'expected H of at least 3 for a window of 3, received H = 2. Give the model a larger input.',
    ],
  ],
  avg_pool3d: [
    [
      'a pool longer than the clip',
      [CLIP],
      { kernel: [9, 1, 1], stride: [1, 1, 1], padding: [0, 0, 0] },
      'expected T of at least 9 for a window of 9, received T = 8. Give the pathway more frames.',
    ],
    ['two inputs', [CLIP, CLIP], POOL, 'expected 1 input, received 2.'],
  ],
  reduce: [
    [
      'an axis that is not there',
      [CLIP],
      { fn: 'mean', axes: [2, 5], keepDims: false },
      'expected a shape with an axis 5, received [N, 4, 8, 7, 7].',
    ],
  ],
  concat: [
    ['nothing', [], { axis: 1 }, 'expected at least one input, received 0.'],
    [
      'other frames',
      [CLIP, ['N', 4, 32, 7, 7]],
      { axis: 1 },
      'expected values that differ along axis 1 only, received [N, 4, 8, 7, 7] and [N, 4, 32, 7, 7].',
    ],
    [
      'the batch',
      [CLIP, CLIP],
      { axis: 0 },
      'expected a known size along axis 0, received [N, 4, 8, 7, 7].',
    ],
    [
      'an axis that is not there',
      [['N', 4]],
      { axis: 2 },
      'expected a shape with an axis 2, received [N, 4].',
    ],
  ],
  slice: [
    [
      'beyond the end',
      [CLIP],
      { ...SLICE, stop: 9 },
      'expected a range within 0..8, received 0:9:1.',
    ],
    [
      'an empty range',
      [CLIP],
      { ...SLICE, start: 8 },
      'expected a range within 0..8, received 8:8:1.',
    ],
    ['step 0', [CLIP], { ...SLICE, step: 0 }, 'expected a range within 0..8, received 0:8:0.'],
    [
      'a fraction',
      [CLIP],
      { ...SLICE, step: 6.4 },
      'expected a range within 0..8, received 0:8:6.4.',
    ],
    [
      'the batch',
      [CLIP],
      { ...SLICE, axis: 0 },
      'expected a known size along axis 0, received [N, 4, 8, 7, 7].',
    ],
  ],
  gather: [
    [
      'an index too large',
      [CLIP],
      { axis: 2, indices: [0, 8] },
      'expected indices within 0..7, received 8.',
    ],
    [
      'a negative index',
      [CLIP],
      { axis: 2, indices: [-1] },
      'expected indices within 0..7, received -1.',
    ],
    [
      'a fraction',
      [CLIP],
      { axis: 2, indices: [0.5] },
      'expected indices within 0..7, received 0.5.',
    ],
    ['nothing', [CLIP], { axis: 2, indices: [] }, 'expected at least one index, received none.'],
  ],
  reshape: [
    [
      'other elements',
      [CLIP],
      { shape: ['N', 4, 8, 48] },
      'expected a shape of as many elements as [N, 4, 8, 7, 7], received [N, 4, 8, 48].',
    ],
    [
      'a lost symbol',
      [CLIP],
      { shape: [4, 8, 49] },
      'expected a shape of as many elements as [N, 4, 8, 7, 7], received [4, 8, 49].',
    ],
    [
      'a fractional dimension',
      [['N', 5, 32]],
      { shape: ['N', 6.4, 25] },
      'expected whole numbers of at least 1, received [N, 6.4, 25].',
    ],
  ],
  transpose: [
    [
      'an axis twice',
      [['N', 4, 8]],
      { perm: [0, 1, 1] },
      'expected a permutation of 3 axes, received [0, 1, 1].',
    ],
    [
      'too few axes',
      [['N', 4, 8]],
      { perm: [1, 0] },
      'expected a permutation of 3 axes, received [1, 0].',
    ],
  ],
  matmul: [
    [
      'unlike inner sizes',
      [
        ['N', 4, 5],
        ['N', 6, 4],
      ],
      {},
      'expected shapes [..., M, K] and [..., K, L], received [N, 4, 5] and [N, 6, 4].',
    ],
    [
      'unlike batches',
      [
        ['N', 2, 4, 5],
        ['N', 3, 5, 4],
      ],
      {},
      'expected shapes [..., M, K] and [..., K, L], received [N, 2, 4, 5] and [N, 3, 5, 4].',
    ],
    [
      'a vector',
      [[5], [5]],
      {},
      'expected shapes [..., M, K] and [..., K, L], received [5] and [5].',
    ],
  ],
  linear: [
    [
      'other features',
      [['N', 5], [3, 4], [3]],
      {},
      'expected a weight of shape [out, 5], received [3, 4].',
    ],
    ['another bias', [['N', 4], [3, 4], [4]], {}, 'expected a bias of shape [3], received [4].'],
  ],
  softmax: [
    [
      'an axis that is not there',
      [['N', 4]],
      { axis: 2 },
      'expected a shape with an axis 2, received [N, 4].',
    ],
  ],
  roi_align: [
    ['no boxes', [['N', 4, 7, 7]], REGIONS, 'expected 2 inputs, received 1.'],
    [
      'features with frames',
      [CLIP, ['R', 5]],
      REGIONS,
      'expected features [N, C, H, W], received [N, 4, 8, 7, 7].',
    ],
    [
      'boxes without a batch index',
      [
        ['N', 4, 7, 7],
        ['R', 4],
      ],
      REGIONS,
      'expected boxes [R, 5], a batch index and x1, y1, x2, y2 each, received [R, 4].',
    ],
    [
      'no bins',
      [
        ['N', 4, 7, 7],
        ['R', 5],
      ],
      { ...REGIONS, size: [0, 7] },
      'expected a whole number of bins along H and W, received [0, 7].',
    ],
    [
      'a scale of 0',
      [
        ['N', 4, 7, 7],
        ['R', 5],
      ],
      { ...REGIONS, spatialScale: 0 },
      'expected a positive spatial scale, received 0.',
    ],
    [
      'half a sample',
      [
        ['N', 4, 7, 7],
        ['R', 5],
      ],
      { ...REGIONS, samplingRatio: 0.5 },
      'expected a whole sampling ratio of at least 0, received 0.5.',
    ],
  ],
  dropout: [
    ['rate 1', [CLIP], { rate: 1 }, 'expected a rate from 0 to below 1, received 1.'],
    ['rate NaN', [CLIP], { rate: NaN }, 'expected a rate from 0 to below 1, received NaN.'],
  ],
};

const CLIP_GRADIENT = ['N', 6, 8, 7, 7] as const;

/** What each operation of training graphs rejects. */
const GRADIENT_MISMATCHES: {
  readonly [K in GradientOp]: readonly [Mismatch<K>, ...Mismatch<K>[]];
} = {
  cross_entropy: [
    [
      'targets of other classes',
      [
        ['N', 4],
        ['N', 5],
      ],
      {},
      'expected targets of shape [N, 4], received [N, 5].',
    ],
    ['a number', [[], []], {}, 'expected a shape with an axis 0, received [].'],
  ],
  binary_cross_entropy: [['no targets', [['N', 4]], {}, 'expected 2 inputs, received 1.']],
  batch_variance: [
    ['a mean of other channels', [CLIP, [5]], {}, 'expected a tensor of shape [4], received [5].'],
  ],
  batch_norm_training: [
    [
      'epsilon 0',
      [CLIP, [4], [4], [4], [4]],
      { epsilon: 0 },
      'expected an epsilon above 0, received 0.',
    ],
  ],
  fill: [
    [
      'infinity',
      [],
      { shape: [], value: Infinity },
      'expected a finite number, received Infinity.',
    ],
  ],
  conv3d_input_gradient: [
    [
      'another size',
      [CLIP_GRADIENT, [6, 4, 1, 3, 3]],
      { ...CONVOLUTION, size: [8, 7, 9] },
      'expected a gradient of shape [N, 6, 8, 7, 9], received [N, 6, 8, 7, 7].',
    ],
    [
      'a weight of another kernel',
      [CLIP_GRADIENT, [6, 4, 1, 1, 3]],
      { ...CONVOLUTION, size: [8, 7, 7] },
      'expected a weight of shape [6, 4, 1, 3, 3], received [6, 4, 1, 1, 3].',
    ],
  ],
  conv3d_weight_gradient: [
    [
      'a gradient of another clip',
      [['N', 6, 7, 7, 7], CLIP],
      CONVOLUTION,
      'expected a gradient of shape [N, 6, 8, 7, 7], received [N, 6, 7, 7, 7].',
    ],
  ],
  max_pool3d_gradient: [
    [
      'a result of another size',
      [CLIP, CLIP, CLIP],
      POOL,
      'expected a gradient and result of shape [N, 4, 8, 4, 4], received [N, 4, 8, 7, 7].',
    ],
  ],
  avg_pool3d_gradient: [
    [
      'another size',
      [CLIP],
      { ...POOL, size: [8, 7, 7] },
      'expected a gradient of shape [N, 4, 8, 4, 4], received [N, 4, 8, 7, 7].',
    ],
  ],
  batch_norm_input_gradient: [
    ['statistics alone', [CLIP, [4], [4], CLIP], { epsilon: 1 }, 'expected 7 inputs, received 4.'],
    ['epsilon 0', [CLIP, [4], [4]], { epsilon: 0 }, 'expected an epsilon above 0, received 0.'],
  ],
  batch_norm_scale_gradient: [
    [
      'an input of another shape',
      [CLIP, CLIP_GRADIENT, [4], [4]],
      { epsilon: 1 },
      'expected an input of shape [N, 4, 8, 7, 7], received [N, 6, 8, 7, 7].',
    ],
  ],
  activation_gradient: [
    [
      'values of another shape',
      [
        ['N', 4],
        ['N', 5],
      ],
      { fn: 'relu' },
      'expected a value of shape [N, 4], received [N, 5].',
    ],
  ],
  reduce_gradient: [
    [
      'a gradient that was not reduced',
      [CLIP, CLIP],
      { fn: 'sum', axes: [2], keepDims: true },
      'expected a gradient of shape [N, 4, 1, 7, 7], received [N, 4, 8, 7, 7].',
    ],
    [
      'no maximum',
      [CLIP, CLIP],
      { fn: 'max', axes: [2], keepDims: true },
      'expected 3 inputs, received 2.',
    ],
  ],
  scatter: [
    [
      'too few indices',
      [CLIP],
      { axis: 1, indices: [0], size: 5 },
      'expected 4 indices, received 1.',
    ],
    [
      'an index beyond',
      [CLIP],
      { axis: 1, indices: [0, 1, 2, 5], size: 5 },
      'expected indices within 0..4, received 5.',
    ],
  ],
  roi_align_gradient: [
    [
      'boxes without a batch index',
      [
        ['R', 4, 7, 7],
        ['R', 4],
        ['N', 4, 7, 7],
      ],
      REGIONS,
      'expected boxes of shape [R, 5], received [R, 4].',
    ],
  ],
};

const all = Object.entries({ ...MISMATCHES, ...GRADIENT_MISMATCHES }).flatMap(([op, mismatches]) =>
  mismatches.map(([what, inputs, attrs, message]) => ({ op, what, inputs, attrs, message })),
);

test.each(all)('$op: $what', ({ op, inputs, attrs, message }) => {
  const definition = OPS[op as OpKind] as OpDefinition<OpKind>;
  const infer = () =>
    definition.infer(inputs.map(type), attrs, (expected, received, remedy) => {
      throw new ShapeError({ site: op, expected, received, ...(remedy ? { remedy } : {}) });
    });
  expect(infer).toThrow(expect.objectContaining({ message: `${op}: ${message}` }));
});
