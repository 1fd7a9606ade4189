/** @file TensorFlow's StridedSlice, whose masks add and drop axes, as ONNX's Slice, Squeeze and Unsqueeze. */
import type { Lowering } from './node-lowering.js';

/** One entry of begin, end and strides: which axes a slice covers, and what it does to each. */
export const stridedSlice: Lowering = (node, e) => {
  const [begin, end, strides] = [1, 2, 3].map((i) => node.integers(i));
  const has = (mask: string, i: number): boolean => ((node.int(`${mask}_mask`, 0) >> i) & 1) === 1;
  if (node.int('ellipsis_mask', 0) !== 0) node.refuse('an ellipsis');
  const [axes, starts, ends, steps]: number[][] = [[], [], [], []];
  const [dropped, added]: number[][] = [[], []];
  let axis = 0;
  let position = 0;
  begin!.forEach((start, i) => {
    if (has('new_axis', i)) {
      added!.push(position++);
      return;
    }
    const isOne = has('shrink_axis', i);
    const step = isOne ? 1 : strides![i]!;
    if (step < 1) node.refuse(`a stride of ${step}`);
    const [first, last] = [has('begin', i), has('end', i)];
    if (isOne || !first || !last || step !== 1) {
      axes!.push(axis);
      starts!.push(first && !isOne ? 0 : start);
      ends!.push(isOne ? (start === -1 ? LAST : start + 1) : last ? LAST : end![i]!);
      steps!.push(step);
    }
    if (isOne) dropped!.push(axis);
    else position += 1;
    axis += 1;
  });
  let value = node.input(0);
  if (axes!.length > 0) {
    const lists = [starts!, ends!, axes!, steps!].map((list) => e.integers(list));
    value = e.emit('Slice', node.name, [value, ...lists]);
  }
  if (dropped!.length > 0) {
    value = e.emit('Squeeze', node.name, [value, e.integers(dropped!)]);
  }
  if (added!.length > 0) value = e.emit('Unsqueeze', node.name, [value, e.integers(added!)]);
  return [value];
};

/** Beyond the end of any axis. */
const LAST = 2 ** 31 - 1;
