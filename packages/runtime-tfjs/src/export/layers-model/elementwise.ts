/** @file Operations element by element. */
import type { LoweringTable } from '@slowfast/core';
import { product, withLast, type Laid, type Operand } from '../axes.js';
import { computed } from '../operand.js';
import { activated } from './activation.js';
import type { KerasModel } from './keras-model.js';

type Table = LoweringTable<KerasModel, Operand>;

/** Activation. */
export const activation: Table['activation'] = ({ name, attrs }, [x], keras) =>
  computed(name, activated(keras, name, x!.laid(), attrs.fn));

/** BatchNormalization of rows of channels; Keras' momentum weighs the old average, PyTorch's the new batch. */
export const batchNorm: Table['batch_norm'] = ({ name, attrs }, operands, keras) => {
  const source = operands[0]!.laid();
  const x = keras.arranged(name, source, withLast(source.axes, 1));
  const channels = x.dims.at(-1)!;
  const [batch, ...rest] = x.dims;
  const rows =
    rest.length === 1 ? x : keras.reshaped(name, x, [batch!, product(rest.slice(0, -1)), channels]);
  const names = ['gamma', 'beta', 'moving_mean', 'moving_variance'];
  const ref = keras.add(
    'BatchNormalization',
    name,
    [rows.ref],
    { axis: rows.dims.length - 1, momentum: 1 - attrs.momentum, epsilon: attrs.epsilon },
    names.map((weight, i) => [weight, [channels as number], operands[i + 1]!.numbers()] as const),
  );
  return computed(name, keras.reshaped(name, { ...rows, ref }, x.dims, [...x.axes]));
};

function pairwise(
  keras: KerasModel,
  layer: 'Add' | 'Multiply',
  { name, output }: Parameters<Table['add' | 'mul']>[0],
  operands: readonly Operand[],
): Laid {
  const [a, b] = operands.map((operand) => operand.laid());
  const other = keras.arranged(name, b!, a!.axes);
  const ref = keras.add(layer, name, [a!.ref, other.ref]);
  return { ref, axes: a!.axes, dims: a!.axes.map((axis) => output.type.shape[axis]!) };
}

/** Add, and the activation it carries. */
export const add: Table['add'] = (node, operands, keras) => {
  const sum = pairwise(keras, 'Add', node, operands);
  return computed(node.name, activated(keras, node.name, sum, node.attrs.activation));
};

/** Multiply. */
export const mul: Table['mul'] = (node, operands, keras) =>
  computed(node.name, pairwise(keras, 'Multiply', node, operands));

/** Rescaling. */
export const scale: Table['scale'] = ({ name, attrs }, [operand], keras) => {
  const x = operand!.laid();
  const ref = keras.add('Rescaling', name, [x.ref], { scale: attrs.factor, offset: 0 });
  return computed(name, { ...x, ref });
};

/** Dropout. */
export const dropout: Table['dropout'] = ({ name, attrs }, [operand], keras) => {
  const x = operand!.laid();
  return computed(name, { ...x, ref: keras.add('Dropout', name, [x.ref], { rate: attrs.rate }) });
};
