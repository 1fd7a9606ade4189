/** @file Brings a graph's parameters and a weight store together, or says everything that does not fit. */
import { checkArguments } from '../arguments.js';
import { WeightError } from '../errors.js';
import { sameShape, sizeOf, type HostTensor, type Shape } from '../tensor.js';
import type { Graph } from '../ir/types.js';
import type { RunnableModel } from '../runtime/runtime.js';
import { shapeText } from '../ops/definition.js';
import { storedLeaves, type StoredExpression } from '../ir/expression.js';
import { evaluate } from './evaluate.js';
import type { WeightStore } from './store.js';

/** Options of {@link bindWeights}. */
export interface BindOptions {
  /** Stored names that the graph does not use but that are no mistake (parts that were pruned). */
  readonly known?: ReadonlySet<string>;
  /** Name of the model, for errors. */
  readonly site?: string;
}

/**
 * How the weights of a model are bound to a graph that passes made of its own: tensors that the model's graph, or
 * the whole network, has are no mistake, whether or not that graph reads them.
 */
export function bindOptionsOf(model: RunnableModel): Required<BindOptions> {
  checkArguments('bindOptionsOf', { model: [model, 'model'] });
  const { name, graph, parameterNames } = model;
  return {
    known: new Set([...requiredTensors(graph).keys(), ...(parameterNames ?? [])]),
    site: name,
  };
}

/** Every tensor that a graph reads from a store, by name. */
export function requiredTensors(graph: Graph): ReadonlyMap<string, StoredExpression> {
  checkArguments('requiredTensors', { graph: [graph, 'graph'] });

  const required = new Map<string, StoredExpression>();
  for (const param of graph.params.values()) {
    for (const leaf of storedLeaves(param.expression)) required.set(leaf.name, leaf);
  }
  return required;
}

/**
 * Checks names and shapes of a store against a graph. Throws one {@link WeightError} for everything missing,
 * unexpected and misshaped: the message shows the first of each, its `mismatch` holds all.
 */
export function checkWeights(graph: Graph, store: WeightStore, options: BindOptions = {}): void {
  checkArguments('checkWeights', { graph: [graph, 'graph'], store: [store, 'weights'] });

  const required = requiredTensors(graph);
  const missing: string[] = [];
  const misshaped: string[] = [];
  for (const [name, { shape }] of required) {
    if (!store.names.has(name)) missing.push(name);
    else if (!sameShape(store.shapeOf(name), shape)) {
      misshaped.push(`${name} ${shapeText(store.shapeOf(name))} instead of ${shapeText(shape)}`);
    }
  }
  const unexpected = [...store.names].filter(
    (name) => !required.has(name) && !options.known?.has(name),
  );
  const problems = [
    listed('missing', missing),
    listed('unexpected', unexpected),
    listed('misshaped', misshaped),
  ].filter((text) => text !== '');
  if (problems.length === 0) return;
  throw new WeightError({
    site: options.site ?? 'weights',
    expected: `the ${required.size} tensors of the model`,
    received: problems.join('; '),
    remedy: 'Choose the model variant that these weights were trained for',
    mismatch: { missing, unexpected, misshaped },
  });
}

/**
 * Yields every parameter of a graph with its value, one at a time, in the graph's order. Checks all names and shapes
 * first; rejects with {@link WeightError} when they do not fit, or a value is not a finite floating-point number.
 */
export async function* bindWeights(
  graph: Graph,
  store: WeightStore,
  options: BindOptions = {},
): AsyncGenerator<readonly [name: string, tensor: HostTensor]> {
  checkArguments('bindWeights', { graph: [graph, 'graph'], store: [store, 'weights'] });

  checkWeights(graph, store, options);
  for (const param of graph.params.values()) {
    const tensor = await evaluate(param.expression, (leaf) => readChecked(store, leaf));
    yield [param.name, tensor];
  }
}

/**
 * The same store for writing what a graph reads: a read rejects with {@link WeightError} where a value is not
 * finite, or a variance negative. Throws as {@link checkWeights} does.
 */
export function checkedStore<S extends WeightStore>(graph: Graph, store: S): S {
  checkArguments('checkedStore', { graph: [graph, 'graph'], store: [store, 'weights'] });

  checkWeights(graph, store);
  const required = requiredTensors(graph);
  return { ...store, read: (name) => readChecked(store, required.get(name)!) };
}

async function readChecked(store: WeightStore, leaf: StoredExpression): Promise<HostTensor> {
  const tensor = await store.read(leaf.name);
  if (tensor.dtype !== 'float32' || tensor.data.length !== sizeOf(leaf.shape)) {
    throw new WeightError({
      site: leaf.name,
      expected: `${sizeOf(leaf.shape)} floating-point numbers`,
      received: `${tensor.data.length} of type ${tensor.dtype}`,
    });
  }
  checkFinite(leaf, tensor.data);
  return tensor;
}

function checkFinite({ name, shape, role }: StoredExpression, data: Float32Array): void {
  // Weights come by the million: a number less itself is 0 if it is finite, and NaN stays in the sum otherwise.
  let zero = 0;
  for (let i = 0; i < data.length; i++) zero += data[i]! - data[i]!;
  const bad = zero === 0 ? -1 : data.findIndex((value) => !Number.isFinite(value));
  const negative = role === 'running-variance' ? data.findIndex((value) => value < 0) : -1;
  if (bad < 0 && negative < 0) return;
  const at = bad < 0 ? negative : bad;
  throw new WeightError({
    site: `${name}${positionText(shape, at)}`,
    expected: bad < 0 ? 'a variance of at least 0' : 'a finite number',
    received: `${data[at]}`,
    remedy: 'The file is damaged, or its training diverged: take an earlier checkpoint',
  });
}

function positionText(shape: Shape, flat: number): string {
  const position: number[] = [];
  for (let axis = shape.length - 1, rest = flat; axis >= 0; axis--) {
    position.unshift(rest % shape[axis]!);
    rest = Math.floor(rest / shape[axis]!);
  }
  return `[${position.join(', ')}]`;
}

const SHOWN = 6;

function listed(what: string, names: readonly string[]): string {
  if (names.length === 0) return '';
  const more = names.length > SHOWN ? `, and ${names.length - SHOWN} more` : '';
  return `${names.length} ${what} (${names.slice(0, SHOWN).join(', ')}${more})`;
}
