/** @file Functions of each element. */
import type { ActivationFunction } from '@slowfast/core';
import type { Laid } from '../axes.js';
import type { GraphDef } from './graph-def.js';

type Apply = (tf: GraphDef, name: string, x: string) => string;

const ACTIVATIONS: { readonly [F in ActivationFunction]: Apply } = {
  identity: (_tf, _name, x) => x,
  relu: (tf, name, x) => tf.add('Relu', name, [x]),
  relu6: (tf, name, x) => tf.add('Relu6', name, [x]),
  sigmoid: (tf, name, x) => tf.add('Sigmoid', name, [x]),
  silu: (tf, name, x) => tf.add('Mul', name, [x, tf.add('Sigmoid', `${name}/Sigmoid`, [x])]),
  hardswish: (tf, name, x) => {
    const shifted = tf.add('AddV2', `${name}/AddV2`, [x, tf.number(3)]);
    const sixth = tf.add('Mul', `${name}/Mul`, [x, tf.number(1 / 6)]);
    return tf.add('Mul', name, [sixth, tf.add('Relu6', `${name}/Relu6`, [shifted])]);
  },
  tanh: (tf, name, x) => tf.add('Tanh', name, [x]),
};

/** The function of each element of a value. */
export function activated(tf: GraphDef, name: string, x: Laid, fn: ActivationFunction): Laid {
  return { ...x, ref: ACTIVATIONS[fn](tf, `${name}/${fn}`, x.ref) };
}
