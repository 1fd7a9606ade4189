/** @file The rule of each operation. */
import { ShapeError } from '../errors.js';
import { shapeText } from '../ops/definition.js';
import type { ActivationFunction, Dim, Triple, Value } from '../ir/types.js';
import {
  besideChannels,
  negative,
  product,
  refuse,
  sum,
  type Cotangent,
  type Vjp,
  type VjpTable,
} from './vjp.js';

/** Sizes along T, H, W, which a gradient has to know. */
function sizeOf({ name, type }: Value): Triple {
  const size = type.shape.slice(2);
  if (size.every((dim) => typeof dim === 'number')) return size as unknown as Triple;
  throw new ShapeError({
    site: name,
    expected: 'a known number of frames, height and width to differentiate',
    received: shapeText(type.shape),
  });
}

/** Functions whose gradient needs their argument; for the others their value is enough. */
const NEEDS_ARGUMENT: readonly ActivationFunction[] = ['silu', 'hardswish'];

/**
 * The gradient before an activation that an operation carries: `linear` computes its argument once more, where it is
 * needed.
 */
function beforeActivation(
  { g, dy }: Cotangent,
  fn: ActivationFunction,
  y: Value,
  linear: () => Value,
): Value {
  if (fn === 'identity') return dy;
  const value = NEEDS_ARGUMENT.includes(fn) ? linear() : y;
  return g.emit('activation_gradient', [dy, value], { fn });
}

const conv3d: Vjp<'conv3d'> = ({ inputs, output, attrs }, cotangent) => {
  const [x, weight, bias] = inputs as [Value, Value, Value?];
  const { g, needs } = cotangent;
  const { activation, ...convolution } = attrs;
  const linear = (): Value => g.emit('conv3d', inputs, { ...attrs, activation: 'identity' });
  const dy = beforeActivation(cotangent, activation, output, linear);
  return [
    needs(0)
      ? g.emit('conv3d_input_gradient', [dy, weight], { ...convolution, size: sizeOf(x) })
      : undefined,
    needs(1) ? g.emit('conv3d_weight_gradient', [dy, x], convolution) : undefined,
    bias && needs(2) ? sum(g, dy, besideChannels(dy)) : undefined,
  ];
};

/** Of fixed statistics. */
const batchNorm: Vjp<'batch_norm'> = (node, cotangent) => {
  const [x, scale, , mean, variance] = node.inputs as [Value, Value, Value, Value, Value];
  const { g, dy, needs } = cotangent;
  const { epsilon } = node.attrs;
  refuse(node, cotangent, [3, 4], 'running statistics');
  return [
    needs(0) ? g.emit('batch_norm_input_gradient', [dy, scale, variance], { epsilon }) : undefined,
    needs(1)
      ? g.emit('batch_norm_scale_gradient', [dy, x, mean, variance], { epsilon })
      : undefined,
    needs(2) ? sum(g, dy, besideChannels(dy)) : undefined,
  ];
};

/** Of the batch's own statistics, which depend on x: their inputs get nothing, x gets all. */
const batchNormTraining: Vjp<'batch_norm_training'> = ({ inputs, attrs }, { g, dy, needs }) => {
  const [x, scale, , mean, variance] = inputs as [Value, Value, Value, Value, Value];
  const dScale = g.emit('batch_norm_scale_gradient', [dy, x, mean, variance], attrs);
  const dShift = sum(g, dy, besideChannels(dy));
  const all = [dy, scale, variance, x, mean, dScale, dShift];
  return [needs(0) ? g.emit('batch_norm_input_gradient', all, attrs) : undefined, dScale, dShift];
};

/** Sums a gradient over the axes along which an input was repeated. */
function unbroadcast(input: Value, dy: Value, { g }: Cotangent): Value {
  const axes = input.type.shape.flatMap((dim, axis) =>
    dim === 1 && dy.type.shape[axis] !== 1 ? [axis] : [],
  );
  return axes.length === 0 ? dy : sum(g, dy, axes, true);
}

const linear: Vjp<'linear'> = ({ inputs }, { g, dy, needs }) => {
  const [x, weight, bias] = inputs as [Value, Value, Value?];
  const middle = x.type.shape.slice(1, -1).reduce<number>((size, dim) => size * Number(dim), 1);
  // Rows are taken together but for the first axis, which may be of unknown size: a product and a sum over it, unless
  // it is all there is.
  const rows = (value: Value): Value => {
    const [first, ...others] = value.type.shape as [Dim, ...Dim[]];
    if (others.length === 1) return value;
    return g.reshape(
      value,
      middle === 1 ? [first, others.at(-1)!] : [first, middle, others.at(-1)!],
    );
  };
  const weightGradient = (): Value => {
    if (middle === 1) return g.matmul(g.transpose(rows(dy), [1, 0]), rows(x));
    return sum(g, g.matmul(g.transpose(rows(dy), [0, 2, 1]), rows(x)), [0]);
  };
  return [
    needs(0) ? g.emit('linear', [dy, g.transpose(weight, [1, 0])], {}) : undefined,
    needs(1) ? weightGradient() : undefined,
    bias && needs(2)
      ? sum(
          g,
          dy,
          dy.type.shape.slice(0, -1).map((_, axis) => axis),
        )
      : undefined,
  ];
};

/** The last two axes exchanged. */
function exchanged({ g }: Cotangent, x: Value): Value {
  const axes = x.type.shape.map((_, axis) => axis);
  return g.transpose(x, [...axes.slice(0, -2), axes.at(-1)!, axes.at(-2)!]);
}

const crossEntropy: Vjp<'cross_entropy'> = (node, cotangent) => {
  const [logits, targets] = node.inputs as [Value, Value];
  const { g, dy } = cotangent;
  refuse(node, cotangent, [1], 'targets');
  const last = logits.type.shape.length - 1;
  const expected = product(g, g.softmax(logits, last), sum(g, targets, [last], true));
  const row = g.reshape(dy, [...dy.type.shape, 1]);
  return [product(g, g.add(expected, negative(g, targets)), row)];
};

const binaryCrossEntropy: Vjp<'binary_cross_entropy'> = (node, cotangent) => {
  const [logits, targets] = node.inputs as [Value, Value];
  const { g, dy } = cotangent;
  refuse(node, cotangent, [1], 'targets');
  const difference = g.add(g.activation(logits, 'sigmoid'), negative(g, targets));
  return [product(g, difference, dy)];
};

/** The rules. */
export const RULES: VjpTable = {
  conv3d,
  batch_norm: batchNorm,
  batch_norm_training: batchNormTraining,
  activation: ({ inputs: [x], output, attrs: { fn } }, cotangent) => [
    beforeActivation(cotangent, fn, output, () => x!),
  ],
  add: ({ inputs: [a, b], output, attrs: { activation } }, cotangent) => {
    const again = (): Value => cotangent.g.emit('add', [a!, b!], { activation: 'identity' });
    const dy = beforeActivation(cotangent, activation, output, again);
    return [a!, b!].map((input, i) =>
      cotangent.needs(i) ? unbroadcast(input, dy, cotangent) : undefined,
    );
  },
  mul: ({ inputs: [a, b] }, cotangent) =>
    [a!, b!].map((input, i) => {
      if (!cotangent.needs(i)) return undefined;
      const other = i === 0 ? b! : a!;
      return unbroadcast(input, product(cotangent.g, cotangent.dy, other), cotangent);
    }),
  scale: ({ attrs }, { g, dy }) => [g.emit('scale', [dy], attrs)],
  max_pool3d: ({ inputs: [x], output, attrs }, { g, dy }) => [
    g.emit('max_pool3d_gradient', [dy, x!, output], attrs),
  ],
  avg_pool3d: ({ inputs: [x], attrs }, { g, dy }) => [
    g.emit('avg_pool3d_gradient', [dy], { ...attrs, size: sizeOf(x!) }),
  ],
  reduce: ({ inputs: [x], output, attrs }, { g, dy }) => [
    g.emit('reduce_gradient', attrs.fn === 'max' ? [dy, x!, output] : [dy, x!], attrs),
  ],
  concat: ({ inputs, attrs: { axis } }, { g, dy, needs }) => {
    let start = 0;
    return inputs.map((input, i) => {
      const from = start;
      start += input.type.shape[axis] as number;
      if (!needs(i)) return undefined;
      return g.emit('slice', [dy], { axis, start: from, stop: start, step: 1 });
    });
  },
  slice: ({ inputs: [x], output, attrs: { axis, start, step } }, { g, dy }) => {
    const count = output.type.shape[axis] as number;
    const indices = Array.from({ length: count }, (_, i) => start + i * step);
    return [g.emit('scatter', [dy], { axis, indices, size: x!.type.shape[axis]! })];
  },
  gather: ({ inputs: [x], attrs: { axis, indices } }, { g, dy }) => [
    g.emit('scatter', [dy], { axis, indices, size: x!.type.shape[axis]! }),
  ],
  reshape: ({ inputs: [x] }, { g, dy }) => [g.reshape(dy, x!.type.shape)],
  transpose: ({ attrs: { perm } }, { g, dy }) => [
    g.transpose(
      dy,
      perm.map((_, axis) => perm.indexOf(axis)),
    ),
  ],
  matmul: ({ inputs: [a, b] }, cotangent) => [
    cotangent.needs(0) ? cotangent.g.matmul(cotangent.dy, exchanged(cotangent, b!)) : undefined,
    cotangent.needs(1) ? cotangent.g.matmul(exchanged(cotangent, a!), cotangent.dy) : undefined,
  ],
  linear,
  // y · (dy − Σ dy · y)
  softmax: ({ output: y, attrs: { axis } }, { g, dy }) => {
    const total = sum(g, product(g, dy, y), [axis], true);
    return [product(g, y, g.add(dy, negative(g, total)))];
  },
  roi_align: (node, cotangent) => {
    refuse(node, cotangent, [1], 'boxes');
    const [features, boxes] = node.inputs as [Value, Value];
    return [cotangent.g.emit('roi_align_gradient', [cotangent.dy, boxes, features], node.attrs)];
  },
  // A network that drops something has masks of its own: see trainingForm.
  dropout: (_, { dy }) => [dy],
  cross_entropy: crossEntropy,
  binary_cross_entropy: binaryCrossEntropy,
  batch_variance: (node, cotangent) => {
    refuse(node, cotangent, [0, 1], 'inputs');
    return [];
  },
};
