/** @file Output sizes of windows that slide over T, H, W. */
import type { Dim, TensorType, Triple, WindowAttrs } from '../ir/types.js';
import { shapeText, type Fail } from './definition.js';

const AXES = ['T', 'H', 'W'] as const;
const isCount = (value: number, least: number): boolean =>
  Number.isInteger(value) && value >= least;

/** The size that a window of these attributes leaves: floor((in + 2·pad − dilation·(k − 1) − 1) / stride) + 1. */
export function windowSize(
  size: number,
  kernel: number,
  stride: number,
  padding: number,
  dilation: number,
): number {
  return Math.floor((size + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1;
}

/** Shape `[N, channels, T', H', W']` of a window sliding over `x` `[N, C, T, H, W]`. */
export function inferWindow(
  x: TensorType,
  channels: Dim,
  attrs: WindowAttrs,
  dilation: Triple,
  fail: Fail,
): TensorType {
  if (x.shape.length !== 5) fail('an input [N, C, T, H, W]', shapeText(x.shape));
  const spatial = AXES.map((axis, i): Dim => {
    const [kernel, stride, padding] = [attrs.kernel[i]!, attrs.stride[i]!, attrs.padding[i]!];
    const counts = [kernel, stride, dilation[i]!].every((value) => isCount(value, 1));
    if (!counts || !isCount(padding, 0)) {
      fail(
        `whole numbers for kernel, stride, dilation and padding along ${axis}`,
        `${kernel}, ${stride}, ${dilation[i]} and ${padding}`,
      );
    }
    const size = x.shape[i + 2]!;
    if (typeof size === 'string') {
      return symbolicSize(size, stride, 2 * padding - dilation[i]! * (kernel - 1) - 1);
    }
    const out = windowSize(size, kernel, stride, padding, dilation[i]!);
    if (out < 1) {
      const reach = dilation[i]! * (kernel - 1) + 1 - 2 * padding;
      fail(
        `${axis} of at least ${reach} for a window of ${kernel}`,
        `${axis} = ${size}`,
        axis === 'T' ? 'Give the pathway more frames' : 'Give the model a larger input',
      );
    }
    return out;
  });
  return { dtype: x.dtype, shape: [x.shape[0]!, channels, ...spatial] };
}

/**
 * `floor((size + offset) / stride) + 1` as text. Windows of different kernels that leave the same size (1 without
 * padding, 3 with 1) get one name, and every fourth of `4*T` is `T`: so values of one size can be joined.
 */
function symbolicSize(size: string, stride: number, offset: number): string {
  if (Math.floor(offset / stride) === -1) {
    if (stride === 1) return size;
    const [, factor, symbol] = /^(\d+)\*(\w+)$/.exec(size) ?? [];
    const rest = Number(factor) / stride;
    if (symbol !== undefined && Number.isInteger(rest)) {
      return rest === 1 ? symbol : `${rest}*${symbol}`;
    }
  }
  return `floor((${size}${offset < 0 ? '' : '+'}${offset})/${stride})+1`;
}
