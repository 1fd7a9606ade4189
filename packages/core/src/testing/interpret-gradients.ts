/** @file What the operations of training graphs mean, in float64 and with simple loops. */
import type { ConvolutionAttrs } from '../ir/gradient-ops.js';
import type {
  ActivationFunction,
  GradientOp,
  LoweringTable,
  Triple,
  WindowAttrs,
} from '../ir/types.js';
import { aroundAxis, positions, stridesOf, zeros, type Float64Tensor } from './array.js';
import { eachSample } from './interpret-roi-align.js';

/** Each operation on float64 tensors; the concrete sizes of a dimension come from elsewhere. */
export const GRADIENT_INTERPRETER: LoweringTable<
  { readonly sizeOfDim: (dim: number | string) => number },
  Float64Tensor,
  GradientOp
> = {
  cross_entropy: (_, [logits, targets]) => crossEntropy(logits!, targets!),
  binary_cross_entropy: (_, [logits, targets]) =>
    mapped(logits!, (x, i) => {
      const rest = Math.log1p(Math.exp(-Math.abs(x)));
      return Math.max(x, 0) - x * targets!.data[i]! + rest;
    }),
  batch_variance: (_, [x, mean]) => {
    const count = x!.data.length / mean!.data.length;
    return perChannel(x!, (value, _at, c) => (value - mean!.data[c]!) ** 2 / count);
  },
  batch_norm_training: ({ attrs }, [x, scale, shift, mean, variance]) => {
    const channelOf = channels(x!);
    return mapped(x!, (value, i) => {
      const c = channelOf(i);
      const unit = (value - mean!.data[c]!) / Math.sqrt(variance!.data[c]! + attrs.epsilon);
      return unit * scale!.data[c]! + shift!.data[c]!;
    });
  },
  fill: ({ attrs }) => mapped(zeros(attrs.shape), () => attrs.value),
  conv3d_input_gradient: ({ attrs }, [dy, weight]) => {
    const dx = zeros([dy!.shape[0]!, weight!.shape[1]! * attrs.groups, ...attrs.size]);
    eachProduct(attrs, dx, weight!, dy!, (x, w, y) => {
      dx.data[x]! += weight!.data[w]! * dy!.data[y]!;
    });
    return dx;
  },
  conv3d_weight_gradient: ({ attrs }, [dy, x]) => {
    const dw = zeros([dy!.shape[1]!, x!.shape[1]! / attrs.groups, ...attrs.kernel]);
    eachProduct(attrs, x!, dw, dy!, (at, w, y) => {
      dw.data[w]! += x!.data[at]! * dy!.data[y]!;
    });
    return dw;
  },
  max_pool3d_gradient: ({ attrs }, [dy, x, y]) => {
    const dx = zeros(x!.shape);
    const winners = new Set<number>();
    eachPooled(attrs, dx, dy!, (at, from) => {
      if (winners.has(from) || x!.data[at] !== y!.data[from]) return;
      winners.add(from);
      dx.data[at]! += dy!.data[from]!;
    });
    return dx;
  },
  avg_pool3d_gradient: ({ attrs }, [dy]) => {
    const dx = zeros([dy!.shape[0]!, dy!.shape[1]!, ...attrs.size]);
    const volume = attrs.kernel[0] * attrs.kernel[1] * attrs.kernel[2];
    eachPooled(attrs, dx, dy!, (at, from) => {
      dx.data[at]! += dy!.data[from]! / volume;
    });
    return dx;
  },
  batch_norm_input_gradient: ({ attrs: { epsilon } }, inputs) => {
    const [dy, scale, variance, x, mean, dScale, dShift] = inputs;
    const channelOf = channels(dy!);
    const count = dy!.data.length / scale!.data.length;
    return mapped(dy!, (value, i) => {
      const c = channelOf(i);
      const inverse = 1 / Math.sqrt(variance!.data[c]! + epsilon);
      if (!x) return value * scale!.data[c]! * inverse;
      const unit = (x.data[i]! - mean!.data[c]!) * inverse;
      const own = (dShift!.data[c]! + unit * dScale!.data[c]!) / count;
      return (value - own) * scale!.data[c]! * inverse;
    });
  },
  batch_norm_scale_gradient: ({ attrs: { epsilon } }, [dy, x, mean, variance]) =>
    perChannel(dy!, (value, i, c) => {
      return (value * (x!.data[i]! - mean!.data[c]!)) / Math.sqrt(variance!.data[c]! + epsilon);
    }),
  activation_gradient: ({ attrs: { fn } }, [dy, value]) =>
    mapped(dy!, (gradient, i) => gradient * SLOPES[fn](value!.data[i]!)),
  reduce_gradient: ({ attrs: { fn, axes } }, [dy, x, y]) => {
    const dims = x!.shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
    const strides = stridesOf(dims).map((stride, axis) => (axes.includes(axis) ? 0 : stride));
    const from = positions(x!.shape, strides);
    const count = fn === 'mean' ? x!.data.length / dy!.data.length : 1;
    if (fn !== 'max') return mapped(x!, (_, i) => dy!.data[from[i]!]! / count);
    const equal = new Float64Array(dy!.data.length);
    const isLargest = (value: number, i: number): boolean => value === y!.data[from[i]!];
    x!.data.forEach((value, i) => void (equal[from[i]!]! += isLargest(value, i) ? 1 : 0));
    return mapped(x!, (value, i) =>
      isLargest(value, i) ? dy!.data[from[i]!]! / equal[from[i]!]! : 0,
    );
  },
  scatter: ({ attrs: { axis, indices, size } }, [dy], { sizeOfDim }) => {
    const result = zeros(dy!.shape.with(axis, sizeOfDim(size)));
    const [outer, rows, inner] = aroundAxis(dy!.shape, axis);
    for (let o = 0; o < outer; o++) {
      indices.forEach((index, row) => {
        for (let i = 0; i < inner; i++) {
          const at = (o * sizeOfDim(size) + index) * inner + i;
          result.data[at]! += dy!.data[(o * rows + row) * inner + i]!;
        }
      });
    }
    return result;
  },
  roi_align_gradient: ({ attrs }, [dy, boxes, features]) => {
    const result = zeros(features!.shape);
    eachSample(features!.shape, boxes!, attrs, (at, from, weight) => {
      result.data[at]! += weight * dy!.data[from]!;
    });
    return result;
  },
};

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));
const inside = (value: number, low: number, high: number): number =>
  value > low && value < high ? 1 : 0;

/** The slope of each activation: of its value, but for silu and hardswish, of their argument. */
const SLOPES: Readonly<Record<ActivationFunction, (value: number) => number>> = {
  identity: () => 1,
  relu: (y) => (y > 0 ? 1 : 0),
  relu6: (y) => inside(y, 0, 6),
  sigmoid: (y) => y * (1 - y),
  tanh: (y) => 1 - y * y,
  silu: (x) => logistic(x) * (1 + x * (1 - logistic(x))),
  hardswish: (x) => (x >= 3 ? 1 : inside(x, -3, 3) * (x / 3 + 0.5)),
};

function mapped(x: Float64Tensor, fn: (value: number, index: number) => number): Float64Tensor {
  return { shape: x.shape, data: x.data.map(fn) };
}

/** The channel of each element. */
function channels({ shape }: Float64Tensor): (index: number) => number {
  const [, count, inner] = aroundAxis(shape, 1);
  return (index) => Math.floor(index / inner) % count;
}

/** Sums over all but the channels. */
function perChannel(
  x: Float64Tensor,
  term: (value: number, index: number, channel: number) => number,
): Float64Tensor {
  const channelOf = channels(x);
  const result = zeros([x.shape[1]!]);
  x.data.forEach((value, i) => {
    result.data[channelOf(i)]! += term(value, i, channelOf(i));
  });
  return result;
}

function crossEntropy(logits: Float64Tensor, targets: Float64Tensor): Float64Tensor {
  const classes = logits.shape.at(-1)!;
  const result = zeros(logits.shape.slice(0, -1));
  result.data.forEach((_, row) => {
    const own = logits.data.subarray(row * classes, (row + 1) * classes);
    const largest = Math.max(...own);
    const total = Math.log(own.reduce((sum, value) => sum + Math.exp(value - largest), 0));
    own.forEach((value, c) => {
      result.data[row]! += targets.data[row * classes + c]! * (total + largest - value);
    });
  });
  return result;
}

/** Positions in the input that a window at `at` of the output sees along an axis, with the tap that sees each. */
function seen(
  { kernel, stride, padding }: WindowAttrs,
  dilation: Triple,
  axis: number,
  at: number,
  size: number,
): readonly (readonly [position: number, tap: number])[] {
  return Array.from({ length: kernel[axis]! }, (_, tap) => {
    return [at * stride[axis]! - padding[axis]! + tap * dilation[axis]!, tap] as const;
  }).filter(([position]) => position >= 0 && position < size);
}

/** Every pair of an output position and an input position that its window sees, in one plane of channels. */
function eachPair(
  attrs: WindowAttrs,
  dilation: Triple,
  x: readonly number[],
  y: readonly number[],
  visit: (x: number, tap: number, y: number) => void,
): void {
  const [t, h, w] = y as Triple;
  for (let i = 0; i < t; i++) {
    for (let j = 0; j < h; j++) {
      for (let k = 0; k < w; k++) {
        for (const [ti, a] of seen(attrs, dilation, 0, i, x[0]!)) {
          for (const [hi, b] of seen(attrs, dilation, 1, j, x[1]!)) {
            for (const [wi, c] of seen(attrs, dilation, 2, k, x[2]!)) {
              const tap = (a * attrs.kernel[1] + b) * attrs.kernel[2] + c;
              visit((ti * x[1]! + hi) * x[2]! + wi, tap, (i * h + j) * w + k);
            }
          }
        }
      }
    }
  }
}

const planeOf = ({ shape }: Float64Tensor): number => shape[2]! * shape[3]! * shape[4]!;

function eachProduct(
  attrs: ConvolutionAttrs,
  x: Float64Tensor,
  weight: Float64Tensor,
  y: Float64Tensor,
  visit: (x: number, weight: number, y: number) => void,
): void {
  const [n, channelCount] = x.shape as [number, number];
  const [out, perGroup] = weight.shape as [number, number];
  const taps = attrs.kernel[0] * attrs.kernel[1] * attrs.kernel[2];
  const [xPlane, yPlane] = [planeOf(x), planeOf(y)];
  eachPair(attrs, attrs.dilation, x.shape.slice(2), y.shape.slice(2), (xAt, tap, yAt) => {
    for (let b = 0; b < n; b++) {
      for (let o = 0; o < out; o++) {
        const first = b * channelCount + Math.floor(o / (out / attrs.groups)) * perGroup;
        for (let c = 0; c < perGroup; c++) {
          const w = (o * perGroup + c) * taps + tap;
          visit((first + c) * xPlane + xAt, w, (b * out + o) * yPlane + yAt);
        }
      }
    }
  });
}

function eachPooled(
  attrs: WindowAttrs,
  x: Float64Tensor,
  y: Float64Tensor,
  visit: (x: number, y: number) => void,
): void {
  const [xPlane, yPlane] = [planeOf(x), planeOf(y)];
  const count = x.shape[0]! * x.shape[1]!;
  eachPair(attrs, [1, 1, 1], x.shape.slice(2), y.shape.slice(2), (xAt, _tap, yAt) => {
    for (let c = 0; c < count; c++) visit(c * xPlane + xAt, c * yPlane + yAt);
  });
}
