/** @file Functions of each element. */
import type { ActivationFunction } from '@slowfast/core';
import type { Laid } from '../axes.js';
import type { KerasModel } from './keras-model.js';

/** What Keras calls them; hardswish is a product of layers, since Keras' hard sigmoid has another slope. */
const NAMES: { readonly [F in Exclude<ActivationFunction, 'hardswish'>]: string } = {
  identity: 'linear',
  relu: 'relu',
  relu6: 'relu6',
  sigmoid: 'sigmoid',
  silu: 'swish',
  tanh: 'tanh',
};

/** The name of an activation that a layer can apply itself, and what remains to be applied after it. */
export function layerActivation(fn: ActivationFunction): {
  readonly activation: string;
  readonly rest: ActivationFunction;
} {
  return fn === 'hardswish'
    ? { activation: NAMES.identity, rest: fn }
    : { activation: NAMES[fn], rest: 'identity' };
}

/** The function as layers of its own. */
export function activated(keras: KerasModel, name: string, x: Laid, fn: ActivationFunction): Laid {
  if (fn === 'identity') return x;
  if (fn !== 'hardswish') {
    const ref = keras.add('Activation', `${name}_${fn}`, [x.ref], { activation: NAMES[fn] });
    return { ...x, ref };
  }
  // x · relu6(x + 3) / 6
  const shifted = keras.add('Rescaling', `${name}_shift`, [x.ref], { scale: 1, offset: 3 });
  const gate = keras.add('Activation', `${name}_relu6`, [shifted], { activation: 'relu6' });
  const sixth = keras.add('Rescaling', `${name}_sixth`, [x.ref], { scale: 1 / 6, offset: 0 });
  return { ...x, ref: keras.add('Multiply', `${name}_hardswish`, [sixth, gate]) };
}
