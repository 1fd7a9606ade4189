/** @file A model in training: variables for its parameters, losses with gradients, running statistics. */
import {
  RuntimeError,
  SpecError,
  bindWeights,
  internalError,
  memoryStore,
  type Graph,
  type HostTensor,
  type NodeOf,
  type RunnableModel,
  type WeightStore,
} from '@slowfast/core';
import * as tf from '@tensorflow/tfjs';
import {
  activate,
  openTfjsBackend,
  type OpenBackend,
  type TfjsBackendOptions,
} from '../backends/open-backend.js';
import { registerComposedKernels } from '../kernels/register.js';
import type { BatchStatistics } from './batch-norm.js';
import { checkFeeds, checkShape, fedTensor, hostTensor, sizeOfDim } from './feeds.js';
import {
  checkParts,
  isInside,
  trainedValues,
  trainingParameter,
  type PartNames,
  type TrainingParameter,
} from './parameters.js';
import { runGraph } from './run-graph.js';
import type { TrainingContext } from './table.js';

/** Options of {@link trainingModel}. */
export interface TrainingOptions extends Omit<TfjsBackendOptions, 'composedKernels'> {
  /** Decides the masks of dropout; default 0. */
  readonly seed?: number;
  /**
   * Parts that are not trained: `slow.res2`, `fast`, `lateral`. Their batch norms use the running statistics
   * and leave them as they are. Default: none.
   */
  readonly frozen?: PartNames;
  /**
   * Batch norms that use the running statistics and leave them as they are, while their scale and shift
   * are trained: all, or those in these parts. Default: none.
   */
  readonly freezeBatchNorm?: boolean | PartNames;
}

const DEFAULTS = {
  seed: 0,
  frozen: [],
  freezeBatchNorm: false,
} as const satisfies TrainingOptions;

/** A scalar to make small, computed from a model's outputs by differentiable operations of `tf`. */
export type LossFunction<O extends string> = (outputs: Readonly<Record<O, tf.Tensor>>) => tf.Scalar;

/** Options of {@link TrainingModel.lossAndGradients}. */
export interface GradientOptions {
  /** Number of this step: with the seed it decides the masks of dropout. Default: how many went before. */
  readonly step?: number;
  /** Whether the running statistics take in this batch; default true. */
  readonly updateStatistics?: boolean;
}

/** What one batch gave. */
export interface LossAndGradients<O extends string> {
  readonly loss: number;
  /**
   * Gradients by parameter name, in PyTorch's layout; only of trained parameters that the loss depends on.
   * They are the caller's to dispose, by {@link LossAndGradients.dispose} for one.
   */
  readonly gradients: ReadonlyMap<string, tf.Tensor>;
  readonly outputs: Readonly<Record<O, HostTensor>>;
  /** Disposes the gradients. */
  dispose(): void;
}

/** Feeds by the names of a model's inputs, `[N, C, T, H, W]` each. */
export type Feeds<I extends string> = Readonly<Record<I, HostTensor>>;

interface Parts<I extends string, O extends string> {
  readonly name: string;
  readonly graph: Graph<I, O>;
  readonly opened: OpenBackend;
  readonly parameters: ReadonlyMap<string, TrainingParameter>;
  readonly seed: number;
  readonly hasFixedStatistics: (norm: NodeOf<'batch_norm'>) => boolean;
}

/** A model in training, made by {@link trainingModel}. Every method throws {@link RuntimeError} after disposal. */
export class TrainingModel<I extends string = string, O extends string = string> {
  readonly #parts: Parts<I, O>;
  readonly #norms: ReadonlyMap<string, NodeOf<'batch_norm'>>;
  readonly #trained: ReadonlySet<string>;
  #steps = 0;
  #isDisposed = false;

  /** @internal Use {@link trainingModel}. */
  constructor(parts: Parts<I, O>) {
    this.#parts = parts;
    const norms = parts.graph.nodes.flatMap((node) => (node.op === 'batch_norm' ? [node] : []));
    this.#norms = new Map(norms.map((node) => [node.name, node]));
    const trained = [...parts.parameters.values()].filter(({ trainable }) => trainable);
    this.#trained = trainedValues(parts.graph, new Set(trained.map(({ name }) => name)));
  }

  /** The model's name. */
  get name(): string {
    return this.#parts.name;
  }

  /** Where it runs: `tfjs (wasm)`. */
  get device(): string {
    return `tfjs (${this.#parts.opened.backend})`;
  }

  /** Every parameter and running statistic, in the graph's order. */
  get parameters(): readonly TrainingParameter[] {
    return [...this.#parts.parameters.values()];
  }

  /**
   * The loss of one batch and its gradients, with batch norm over the batch and dropout; running statistics
   * take in the batch. Rejects with ShapeError for feeds that do not fit.
   */
  async lossAndGradients(
    feeds: Feeds<I>,
    loss: LossFunction<O>,
    options: GradientOptions = {},
  ): Promise<LossAndGradients<O>> {
    const { step = this.#steps, updateStatistics = true } = options;
    const trained = this.parameters.filter(({ trainable }) => trainable);
    if (trained.length === 0) {
      throw new SpecError({
        site: `${this.name}: frozen`,
        expected: 'at least one parameter that is trained',
        received: 'none',
      });
    }
    const collected = new Map<string, BatchStatistics>();
    let outputs: Record<string, tf.Tensor> = {};
    const dropoutKey = { seed: this.#parts.seed, step };
    const run = (): { value: tf.Scalar; grads: tf.NamedTensorMap } =>
      tf.variableGrads(
        () => {
          const results = this.#forward(feeds, collected, dropoutKey);
          outputs = kept(results);
          return loss(results);
        },
        trained.map(({ variable }) => variable),
      );
    const { value, grads } = this.#computing(run, () => [collected, outputs]);
    if (updateStatistics) this.#update(collected);
    disposeStatistics(collected);
    this.#steps = step + 1;
    const gradients = new Map(
      trained.flatMap(({ name, variable }) => {
        const gradient = grads[variable.name];
        return gradient ? [[name, gradient] as const] : [];
      }),
    );
    const [scalar] = (await hostTensor(value)).data;
    return {
      loss: scalar!,
      gradients,
      outputs: await hostTensors<O>(outputs),
      dispose: () => tf.dispose([...gradients.values()]),
    };
  }

  /** The outputs as at inference: running statistics, no dropout. Rejects as {@link lossAndGradients} does. */
  async run(feeds: Feeds<I>): Promise<Record<O, HostTensor>> {
    const outputs = this.#computing(
      () => this.#forward(feeds, undefined, undefined),
      () => [],
    );
    return hostTensors<O>(outputs);
  }

  /**
   * Mean and unbiased variance of one batch at each batch norm, by the name of the running statistic that
   * they are a sample of: averaged over batches and {@link assign}ed, they make a precise batch norm.
   */
  async batchStatistics(feeds: Feeds<I>): Promise<ReadonlyMap<string, HostTensor<'float32'>>> {
    const collected = new Map<string, BatchStatistics>();
    const outputs = this.#computing(
      () => this.#forward(feeds, collected, undefined),
      () => [collected],
    );
    tf.dispose(outputs);
    const statistics = new Map<string, HostTensor<'float32'>>();
    for (const [norm, { mean, variance }] of collected) {
      const [, , , runningMean, runningVariance] = this.#norms.get(norm)!.inputs;
      statistics.set(runningMean!.name, await hostTensor(mean));
      statistics.set(runningVariance!.name, await hostTensor(variance));
    }
    return statistics;
  }

  /** A copy of every parameter and running statistic, by the graph's names and in PyTorch's layout. */
  async weights(metadata: Readonly<Record<string, string>> = {}): Promise<WeightStore> {
    this.#checkOpen();
    const tensors: (readonly [string, HostTensor])[] = [];
    const copies = this.parameters.map(({ name, variable }) => [name, tf.clone(variable)] as const);
    for (const [name, copy] of copies) tensors.push([name, await hostTensor(copy)]);
    return memoryStore(tensors, metadata);
  }

  /** Replaces parameters or running statistics. Throws {@link SpecError} for unknown names, ShapeError for other shapes. */
  assign(tensors: Iterable<readonly [name: string, tensor: HostTensor]>): void {
    this.#checkOpen();
    activate(this.#parts.opened.engine);
    const checked = [...tensors].map(([name, tensor]) => {
      const parameter = this.#parts.parameters.get(name);
      if (!parameter) {
        throw new SpecError({
          site: `${this.name}: assign`,
          expected: `one of its ${this.#parts.parameters.size} parameters`,
          received: `'${name}'`,
        });
      }
      checkShape(name, tensor, parameter.shape);
      return [parameter.variable, tensor] as const;
    });
    tf.tidy(() => {
      for (const [variable, { data, shape }] of checked) {
        variable.assign(tf.tensor(data as Float32Array, [...shape]));
      }
    });
  }

  /** Releases all variables; a second call does nothing. */
  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    for (const { variable } of this.parameters) variable.dispose();
  }

  /** Runs within `tf.tidy` on this model's backend; when it throws, what was kept aside is disposed. */
  #computing<T extends tf.TensorContainer>(
    compute: () => T,
    keptAside: () => readonly unknown[],
  ): T {
    this.#checkOpen();
    activate(this.#parts.opened.engine);
    try {
      return tf.tidy(compute);
    } catch (error) {
      disposeTape();
      for (const aside of keptAside()) {
        if (aside instanceof Map) disposeStatistics(aside as Map<string, BatchStatistics>);
        else tf.dispose(aside as tf.TensorContainer);
      }
      throw error;
    }
  }

  #forward(
    feeds: Feeds<I>,
    collected: Map<string, BatchStatistics> | undefined,
    dropoutKey: TrainingContext['dropoutKey'],
  ): Record<O, tf.Tensor> {
    const { graph, parameters, hasFixedStatistics } = this.#parts;
    const sizes = checkFeeds(this.name, graph, feeds);
    const given = new Map<string, tf.Tensor>();
    const fed = new Map<string, HostTensor>();
    for (const [name, { variable }] of parameters) given.set(name, variable);
    for (const [name, feed] of Object.entries<HostTensor>(feeds)) {
      const { name: value } = graph.inputs[name as I];
      given.set(value, fedTensor(feed));
      fed.set(value, feed);
    }
    return runGraph(graph, given, {
      isTrained: ({ name }) => this.#trained.has(name),
      sizeOfDim: (dim) => sizeOfDim(sizes, dim),
      collectorOf: (norm) => {
        const node = this.#norms.get(norm);
        if (!node) throw internalError(`no batch norm ${norm}`);
        if (!collected || hasFixedStatistics(node)) return undefined;
        return (statistics) => void collected.set(norm, statistics);
      },
      feedOf: ({ name }) => fed.get(name),
      dropoutKey,
    });
  }

  /** Running averages in PyTorch's convention: `(1 − momentum) · old + momentum · new`. */
  #update(collected: ReadonlyMap<string, BatchStatistics>): void {
    tf.tidy(() => {
      for (const [norm, { mean, variance }] of collected) {
        const { inputs, attrs } = this.#norms.get(norm)!;
        const average = (index: number, newest: tf.Tensor): void => {
          const { variable } = this.#parts.parameters.get(inputs[index]!.name)!;
          const old = tf.mul(variable, 1 - attrs.momentum);
          variable.assign(tf.add(old, tf.mul(newest, attrs.momentum)));
        };
        average(3, mean);
        average(4, variance);
      }
    });
  }

  #checkOpen(): void {
    if (!this.#isDisposed) return;
    throw new RuntimeError({
      site: this.name,
      expected: 'a model that is open',
      received: 'one that was disposed',
      remedy: 'Make it again, or dispose it later',
    });
  }
}

/**
 * A model ready for training: weights become variables on the chosen backend. Throws WeightError for
 * weights that do not fit, {@link SpecError} for parts that do not exist, {@link RuntimeError} when no
 * backend works.
 *
 * @example
 * const training = await trainingModel(model, await initialWeights(model.graph, { seed: 1 }));
 * const optimizer = sgd(training.parameters, { momentum: 0.9, weightDecay: 1e-4 });
 * const result = await training.lossAndGradients(clips, ({ scores }) => crossEntropy(scores));
 * optimizer.step(result.gradients, 0.1);
 * result.dispose();
 */
export async function trainingModel<I extends string, O extends string>(
  model: RunnableModel<I, O>,
  weights: WeightStore,
  options: TrainingOptions = {},
): Promise<TrainingModel<I, O>> {
  const { seed, frozen, freezeBatchNorm, ...backend } = { ...DEFAULTS, ...options };
  const { name, graph } = model;
  const fixed = typeof freezeBatchNorm === 'boolean' ? [] : freezeBatchNorm;
  checkParts(`${name}: frozen`, frozen, graph);
  checkParts(`${name}: freezeBatchNorm`, fixed, graph);
  const opened = await openTfjsBackend(backend);
  checkKernels(name, opened);
  const parameters = new Map<string, TrainingParameter>();
  try {
    for await (const [param, tensor] of bindWeights(graph, weights, { site: name })) {
      activate(opened.engine);
      parameters.set(param, trainingParameter(graph, param, tensor, frozen));
    }
  } catch (error) {
    for (const { variable } of parameters.values()) variable.dispose();
    throw error;
  }
  const fixedParts = [...frozen, ...fixed];
  return new TrainingModel({
    name,
    graph,
    opened,
    parameters,
    seed,
    hasFixedStatistics: ({ inputs }) =>
      freezeBatchNorm === true || isInside(fixedParts, inputs[1]!.name),
  });
}

/** WebAssembly's own gradient of maximum pooling is wrong, so training needs ours. */
function checkKernels(site: string, { backend }: OpenBackend): void {
  if (backend !== 'wasm' || registerComposedKernels()) return;
  throw new RuntimeError({
    site,
    expected: 'TF.js 4.22, whose missing gradients are known',
    received: tf.version['tfjs-core'],
    remedy: 'Install @tensorflow/tfjs 4.22, or train on another backend',
  });
}

/** When a loss throws, TF.js forgets what it kept for the gradients without disposing it. */
function disposeTape(): void {
  const { state } = tf.engine();
  if (state.gradientDepth > 0) return;
  for (const { saved } of state.activeTape ?? []) tf.dispose(saved ?? []);
  state.activeTape = [];
}

function kept(tensors: Readonly<Record<string, tf.Tensor>>): Record<string, tf.Tensor> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [name, tf.keep(tf.clone(tensor))]),
  );
}

async function hostTensors<O extends string>(
  tensors: Readonly<Record<string, tf.Tensor>>,
): Promise<Record<O, HostTensor>> {
  const results: (readonly [string, HostTensor])[] = [];
  for (const [name, tensor] of Object.entries(tensors)) {
    results.push([name, await hostTensor(tensor)]);
  }
  return Object.fromEntries(results) as Record<O, HostTensor>;
}

function disposeStatistics(collected: ReadonlyMap<string, BatchStatistics>): void {
  for (const { mean, variance } of collected.values()) tf.dispose([mean, variance]);
}
