/** @file A graph with its parameters on a backend, as a {@link CompiledModel}. */
import {
  hostTensor,
  firstLine,
  Lifetime,
  RunQueue,
  RuntimeError,
  checkFeeds,
  SlowFastError,
  namedTypes,
  shapesByName,
  type CompiledModel,
  type Graph,
  type HostTensor,
  type ModelMetadata,
  type NamedType,
  type Value,
} from '@slowfast/core';
import * as tf from '@tensorflow/tfjs';
import type { TfjsBackendName } from '../backends/names.js';
import { activate, type OpenBackend, type SkippedBackend } from '../backends/open-backend.js';
import { CHANNELS_LAST, inGraphOrder, inOrder, placed, type Placed } from '../lowering/placed.js';
import { parameterOrders } from './parameters.js';
import { DerivedWeightCache } from './derived-weights.js';
import { runGraph, type PlacedValues } from '../lowering/run-graph.js';

/** A model that TF.js runs. */
export interface TfjsCompiledModel<
  I extends string = string,
  O extends string = string,
> extends CompiledModel<I, O> {
  /** The backend in use. */
  readonly backend: TfjsBackendName;
  /** Backends that were preferred but could not be used, with reasons. */
  readonly skipped: readonly SkippedBackend[];
}

/** What {@link compiledModel} is made of. */
export interface CompiledParts {
  readonly name: string;
  readonly graph: Graph;
  readonly backend: OpenBackend;
  /** On the backend; the model owns them. */
  readonly parameters: PlacedValues;
  readonly metadata: ModelMetadata;
}

/** What a run needs. */
interface Running extends CompiledParts {
  readonly derived: DerivedWeightCache | undefined;
}

/** A compiled model over uploaded parameters, which it owns. */
export function compiledModel<I extends string, O extends string>(
  parts: CompiledParts,
): TfjsCompiledModel<I, O> {
  const { name, graph, backend, parameters, metadata } = parts;
  const inputs = namedTypes(graph.inputs);
  const outputs = namedTypes(graph.outputs);
  // What is derived for speed is what processors gain by; GPUs want few large operations.
  const tensors = [...parameters.values()].map(({ tensor }) => tensor);
  const derived =
    backend.engine === 'wasm' || backend.engine === 'cpu'
      ? new DerivedWeightCache(tensors)
      : undefined;
  const running: Running = { ...parts, derived };
  const queue = new RunQueue();
  const life = new Lifetime(name, async () => {
    activate(backend.engine);
    derived?.dispose();
    tf.dispose(tensors);
  });
  return {
    name,
    device: `tfjs (${backend.backend})`,
    backend: backend.backend,
    skipped: backend.skipped,
    metadata,
    inputs: shapesByName<I>(inputs),
    outputs: shapesByName<O>(outputs),
    run: (feeds: Readonly<Record<I, HostTensor>>) =>
      life.run(async () => {
        const sizes = checkFeeds(name, inputs, feeds);
        return queue.add(() => runOnce<O>(running, outputs, feeds, sizes));
      }),
    [Symbol.asyncDispose]: () => life.close(),
  };
}

async function runOnce<O extends string>(
  parts: Running,
  outputs: readonly NamedType[],
  feeds: Readonly<Record<string, HostTensor>>,
  sizes: ReadonlyMap<string, number>,
): Promise<Record<O, HostTensor>> {
  const { name, backend } = parts;
  try {
    // Everything up to the results runs at once, so that no other model can change TF.js' backend meanwhile.
    activate(backend.engine);
    const tensors = computeOutputs(parts, feeds, sizes);
    const results = await Promise.all(
      outputs.map(async (output, i) => [output.name, await download(output, tensors[i]!)] as const),
    );
    return Object.fromEntries(results) as Record<O, HostTensor>;
  } catch (error) {
    if (error instanceof SlowFastError) throw error;
    throw new RuntimeError({
      site: name,
      expected: `a run of TensorFlow.js (${backend.backend})`,
      received: firstLine(error),
      cause: error,
    });
  }
}

/** The outputs in the graph's order of axes; whoever calls frees them. */
function computeOutputs(
  { graph, backend, parameters, derived }: Running,
  feeds: Readonly<Record<string, HostTensor>>,
  sizes: ReadonlyMap<string, number>,
): readonly tf.Tensor[] {
  const sources = new Map(parameters);
  const orders = parameterOrders(graph);
  const uploaded: Placed[] = [];
  try {
    for (const [input, value] of Object.entries<Value>(graph.inputs)) {
      const feed = upload(feeds[input]!, orders.get(value.name));
      uploaded.push(feed);
      sources.set(value.name, feed);
    }
    const context = { sizes, nativeConv3d: backend.engine === 'tensorflow', derived };
    const computed = runGraph(graph, sources, context);
    const results = Object.values<Value>(graph.outputs).map((value) => {
      const result = computed.get(value.name) ?? sources.get(value.name)!;
      return tf.tidy(() => inOrder(result, inGraphOrder(result.order.length)).clone());
    });
    for (const { tensor } of computed.values()) tensor.dispose();
    return results;
  } finally {
    for (const { tensor } of uploaded) tensor.dispose();
  }
}

/** Clips with channels last, as the windows want them; weights as what reads them does. */
function upload({ shape, data, dtype }: HostTensor, target?: readonly number[]): Placed {
  const host = dtype === 'int64' ? Int32Array.from(data, Number) : data;
  const usual = shape.length === CHANNELS_LAST.length ? CHANNELS_LAST : inGraphOrder(shape.length);
  const order = target ?? usual;
  const tensor = tf.tidy(() => {
    const whole = tf.tensor(host, [...shape], dtype === 'float32' ? 'float32' : 'int32');
    return inOrder(placed(whole), order);
  });
  return { tensor, order, host };
}

async function download({ dtype }: NamedType, tensor: tf.Tensor): Promise<HostTensor> {
  try {
    // A copy: the plain JavaScript backend gives the array that it computes with.
    return hostTensor(dtype, tensor.shape, await tensor.data());
  } finally {
    tensor.dispose();
  }
}
