/**
 * @file Weights and clips by formula: numbers that any language can regenerate from a tensor's name,
 * so that a whole network can be compared without shipping its weights.
 *
 * For a tensor named s, element i of n (C order), in unsigned 32-bit arithmetic:
 * h = FNV-1a(s) + i · 0x9E3779B9, finalised by two xor-shift-multiply rounds; u = (h + ½) / 2³².
 */
import { SpecError } from '../errors.js';
import { float32Tensor, sizeOf, type HostTensor, type Shape } from '../tensor.js';
import { unknownTensor, type WeightStore } from '../weights/store.js';

/** FNV-1a of a text as UTF-8, unsigned 32 bits. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of utf8(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** Pseudo-random u in (0, 1) of element `index` of the tensor whose name has this {@link fnv1a} hash. */
export function formulaUniform(seed: number, index: number): number {
  let h = (seed + Math.imul(index, 0x9e3779b9)) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return (((h ^ (h >>> 16)) >>> 0) + 0.5) / 2 ** 32;
}

/**
 * The formula's value of a parameter. Its name decides the range: running variances and norm scales
 * in 0.5..1.5, running means and biases in -0.2..0.2, weights of variance 1 / fan-in (an eighth of
 * that in standard deviation where the name contains `nonlocal`), counters 0. Throws
 * {@link SpecError} for other names.
 */
export function formulaTensor(name: string, shape: Shape): HostTensor {
  if (name.endsWith('num_batches_tracked')) {
    return { dtype: 'int64', shape, data: new BigInt64Array(sizeOf(shape)) };
  }
  const value = rangeOf(name, shape);
  const seed = fnv1a(name);
  const data = new Float32Array(sizeOf(shape));
  for (let i = 0; i < data.length; i++) data[i] = value(formulaUniform(seed, i));
  return float32Tensor(shape, data);
}

/** The formula's clip, or any other input: `2 (2u − 1)`, of the tensor named `name`. */
export function formulaClip(shape: Shape, name = 'clip'): HostTensor<'float32'> {
  const seed = fnv1a(name);
  const data = new Float32Array(sizeOf(shape));
  for (let i = 0; i < data.length; i++) data[i] = 2 * (2 * formulaUniform(seed, i) - 1);
  return float32Tensor(shape, data);
}

/** A store of {@link formulaTensor}s, each computed when it is read. */
export function formulaStore(params: Iterable<readonly [name: string, shape: Shape]>): WeightStore {
  const shapes = new Map(params);
  const shapeOf = (name: string): Shape => {
    const shape = shapes.get(name);
    if (!shape) throw unknownTensor(name, shapes.size);
    return shape;
  };
  return {
    names: new Set(shapes.keys()),
    shapeOf,
    read: async (name) => formulaTensor(name, shapeOf(name)),
  };
}

function rangeOf(name: string, shape: Shape): (u: number) => number {
  if (name.endsWith('running_var')) return (u) => 0.5 + u;
  if (name.endsWith('running_mean') || name.endsWith('bias')) return (u) => 0.4 * u - 0.2;
  if (!name.endsWith('weight')) {
    throw new SpecError({
      site: name,
      expected: 'a name ending with weight, bias, running_mean, running_var or num_batches_tracked',
      received: `'${name}'`,
    });
  }
  if (shape.length === 1) return (u) => 0.5 + u;
  const limit = Math.sqrt(3 / sizeOf(shape.slice(1)));
  if (!name.includes('nonlocal')) return (u) => (2 * u - 1) * limit;
  return (u) => Math.fround((2 * u - 1) * limit) * 0.125;
}

/** UTF-8 bytes; core is compiled without the type of TextEncoder, which is no part of the language. */
function* utf8(text: string): Generator<number> {
  for (const character of text) {
    const code = character.codePointAt(0)!;
    if (code < 0x80) yield code;
    else {
      const more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
      yield ((0xff00 >> (more + 1)) & 0xff) | (code >> (6 * more));
      for (let i = more - 1; i >= 0; i--) yield 0x80 | ((code >> (6 * i)) & 0x3f);
    }
  }
}
