/**
 * @file Weights to start training from: each tensor as its initialiser says, computed when it is read.
 * A tensor depends on its name, shape and the seed alone, so that neither the order of reading nor
 * other tensors change it.
 */
import { checkArguments } from '../arguments.js';
import { SpecError } from '../errors.js';
import type { Graph } from '../ir/types.js';
import { float32Tensor, sizeOf, type HostTensor, type Shape } from '../tensor.js';
import { requiredTensors } from './bind.js';
import type { Initializer, StoredExpression } from '../ir/expression.js';
import { unknownTensor, type WeightStore } from './store.js';

/** Options of {@link initialWeights}. */
export interface InitialWeightsOptions {
  /** A whole number of at least 0; default 0. */
  readonly seed?: number;
}

/**
 * Initial weights of a graph, as the paper's code fills them: convolutions normal of variance
 * 2 / (out channels · kernel volume) (He et al. 2015, fan-out), the rest as each part declares it.
 * Throws {@link SpecError} for a seed that is no whole number.
 */
export function initialWeights(graph: Graph, options: InitialWeightsOptions = {}): WeightStore {
  checkArguments('initialWeights', { graph: [graph, 'graph'], options: [options, 'object?'] });

  const { seed = 0 } = options;
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new SpecError({
      site: 'initial weights',
      expected: 'a seed that is a whole number of at least 0',
      received: `${seed}`,
    });
  }
  const required = requiredTensors(graph);
  const find = (name: string): StoredExpression => {
    const leaf = required.get(name);
    if (!leaf) throw unknownTensor(name, required.size);
    return leaf;
  };
  return {
    names: new Set(required.keys()),
    metadata: { weights: 'initialised', seed: `${seed}` },
    shapeOf: (name) => find(name).shape,
    read: async (name) => initialTensor(find(name), seed),
  };
}

function initialTensor({ name, shape, init }: StoredExpression, seed: number): HostTensor {
  const data = new Float32Array(sizeOf(shape));
  if (init.kind === 'constant') data.fill(init.value);
  else fillNormal(data, standardDeviation(init, shape), randomBits(`${seed}:${name}`));
  return float32Tensor(shape, data);
}

function standardDeviation(
  init: Exclude<Initializer, { readonly kind: 'constant' }>,
  [out = 1, , ...kernel]: Shape,
): number {
  return init.kind === 'normal' ? init.std : Math.sqrt(2 / (out * sizeOf(kernel)));
}

/** Box and Muller 1958: two uniform numbers make two normal ones. */
function fillNormal(data: Float32Array, std: number, bits: () => number): void {
  const uniform = (): number => (bits() + 0.5) / 2 ** 32;
  for (let i = 0; i < data.length; i += 2) {
    const radius = std * Math.sqrt(-2 * Math.log(uniform()));
    const angle = 2 * Math.PI * uniform();
    data[i] = radius * Math.cos(angle);
    if (i + 1 < data.length) data[i + 1] = radius * Math.sin(angle);
  }
}

/**
 * Unsigned 32-bit random numbers: Doty-Humphrey's sfc32, a small generator that passes PractRand,
 * started from two hashes of a text.
 */
function randomBits(text: string): () => number {
  let a = textHash(text, 0x811c9dc5);
  let b = textHash(text, 0x9e3779b9);
  let c = a ^ b;
  let counter = 1;
  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  // Close starting values need some rounds to part.
  for (let i = 0; i < 16; i++) next();
  return next;
}

function textHash(text: string, offset: number): number {
  let hash = offset;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  return hash ^ (hash >>> 15);
}
