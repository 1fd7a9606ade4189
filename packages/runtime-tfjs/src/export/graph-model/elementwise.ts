/** @file Operations element by element, in whatever order the values lie. */
import type { LoweringTable } from '@slowfast/core';
import { placeOf, type Laid, type Operand } from '../axes.js';
import { computed } from '../operand.js';
import { activated } from './activation.js';
import type { GraphDef } from './graph-def.js';

type Table = LoweringTable<GraphDef, Operand>;

/** The function alone. */
export const activation: Table['activation'] = ({ name, attrs }, [x], tf) =>
  computed(name, activated(tf, name, x!.laid(), attrs.fn));

/** x · γ/√(σ²+ε) + (β − μ·γ/√(σ²+ε)), both factors computed here. */
export const batchNorm: Table['batch_norm'] = ({ name, attrs }, operands, tf) => {
  const x = operands[0]!.laid();
  const [scale, shift, mean, variance] = operands.slice(1).map((operand) => operand.numbers());
  const factor = scale!.map((gamma, c) => gamma / Math.sqrt(variance![c]! + attrs.epsilon));
  const offset = shift!.map((beta, c) => beta - mean![c]! * factor[c]!);
  const shape = x.dims.map((_, place) => (place === placeOf(x, 1) ? factor.length : 1));
  const scaled = tf.add('Mul', `${name}/Mul`, [x.ref, tf.constant(`${name}/scale`, shape, factor)]);
  const ref = tf.add('AddV2', name, [scaled, tf.constant(`${name}/offset`, shape, offset)]);
  return computed(name, { ...x, ref });
};

function pairwise(
  tf: GraphDef,
  op: 'AddV2' | 'Mul',
  { name, output }: Parameters<Table['add' | 'mul']>[0],
  operands: readonly Operand[],
): Laid {
  const [a, b] = operands.map((operand) => operand.laid());
  const other = tf.arranged(name, b!, a!.axes);
  const ref = tf.add(op, name, [a!.ref, other.ref]);
  return { ref, axes: a!.axes, dims: a!.axes.map((axis) => output.type.shape[axis]!) };
}

/** The sum, and the activation it carries. */
export const add: Table['add'] = (node, operands, tf) => {
  const sum = pairwise(tf, 'AddV2', node, operands);
  return computed(node.name, activated(tf, node.name, sum, node.attrs.activation));
};

/** The product. */
export const mul: Table['mul'] = (node, operands, tf) =>
  computed(node.name, pairwise(tf, 'Mul', node, operands));

/** The product with a constant. */
export const scale: Table['scale'] = ({ name, attrs }, [operand], tf) => {
  const x = operand!.laid();
  const ref = tf.add('Mul', name, [x.ref, tf.number(attrs.factor)]);
  return computed(name, { ...x, ref });
};

/** Nothing happens at inference. */
export const dropout: Table['dropout'] = ({ name }, [x]) => computed(name, x!.laid());
