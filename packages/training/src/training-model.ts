/** @file A model in training: its parameters on the host, and gradients that any runtime computes. */
import {
  checkArguments,
  bindWeights,
  float32Tensor,
  gradientOf,
  memoryStore,
  RuntimeError,
  sizeOf,
  SpecError,
  type BatchStatistics,
  type Graph,
  type HostTensor,
  type RunnableModel,
  type TrainingForm,
  type WeightStore,
} from '@slowfast/core';
import { dropoutMask, dropsPathway } from './dropout-mask.js';
import { frozenParts } from './freeze.js';
import { stepBytes } from './memory-limit.js';
import type { Gradients } from './optimizers/gradients.js';
import {
  checkParts,
  checkTensor,
  trainingParameter,
  type TrainingParameter,
} from './parameters.js';
import { release, StepGraph, type Compiled } from './step-graph.js';
import type { TrainingOptions } from './training-options.js';

/** What one batch gave. */
export interface LossAndGradients<O extends string> {
  readonly loss: number;
  /** By parameter name, in PyTorch's layout; of trained parameters that the loss depends on. */
  readonly gradients: Gradients;
  readonly outputs: Readonly<Record<O, HostTensor>>;
  /**
   * Mean and unbiased variance at each batch norm, by the name of the running statistic that they are a sample of; without
   * norms of what was dropped.
   */
  readonly statistics: ReadonlyMap<string, Float32Array>;
}

/** Feeds by the names of a model's inputs. */
export type Feeds<I extends string> = Readonly<Record<I, HostTensor>>;

interface Parts<I extends string, O extends string> {
  /** What is computed: the whole network, or a part of it. */
  readonly model: RunnableModel<I, O>;
  readonly options: TrainingOptions<O>;
  readonly parameters: ReadonlyMap<string, TrainingParameter>;
  /** Makes the step of a graph. */
  readonly stepOf: (graph: Graph<string, O>) => StepGraph<O>;
}

/** Graphs that stay compiled, each of which holds on to memory of its own: as many as a short cycle has shapes. */
const MOST_COMPILED = 3;

/** A model in training, made by {@link trainingModel}. Every method throws {@link RuntimeError} after disposal. */
export class TrainingModel<I extends string = string, O extends string = string> {
  readonly #parts: Parts<I, O>;
  readonly #own: StepGraph<O>;
  /** Steps by the extents that they are for; those compiled last at the end. */
  readonly #steps = new Map<Graph, StepGraph<O>>();
  #inference: Promise<Compiled> | undefined;
  #isDisposed = false;

  /** @internal Use {@link trainingModel}. */
  constructor(parts: Parts<I, O>) {
    this.#parts = parts;
    this.#own = parts.stepOf(parts.model.graph);
    this.#steps.set(parts.model.graph, this.#own);
  }

  /** The model's name. */
  get name(): string {
    return this.#parts.model.name;
  }

  /** Every parameter and running statistic, in the graph's order. */
  get parameters(): readonly TrainingParameter[] {
    return [...this.#parts.parameters.values()];
  }

  /** Stages that are computed twice, so that a step keeps to the memory that it was given. */
  get twice(): readonly string[] {
    return this.#own.twice;
  }

  /** Bytes that a step of so many clips takes, about. */
  stepBytes(clips: number): number {
    return stepBytes(this.#own.graph, clips);
  }

  /** Where it runs, and how many batches it computes at once. */
  async device(): Promise<{ readonly name: string; readonly parallelRuns: number }> {
    this.#checkOpen();
    const { device, parallelRuns = 1 } = await this.#own.step();
    return { name: device, parallelRuns };
  }

  /**
   * The loss of one batch and its gradients, with batch norm over the batch and dropout by the seed and `step`. Changes
   * nothing: {@link takeStatistics} and an optimiser do. Rejects with ShapeError for feeds that do not fit.
   */
  async lossAndGradients(
    feeds: Feeds<I>,
    targets: HostTensor<'float32'>,
    { step = 0 }: { readonly step?: number } = {},
  ): Promise<LossAndGradients<O>> {
    const own = this.#stepFor(feeds);
    const compiled = await own.step();
    const { model, options } = this.#parts;
    const { form, trained } = own;
    const clips = clipsOf(feeds);
    const seed = options.seed ?? 0;
    const masks = form.masks.map(({ layer, input, rate, shape }) => {
      const sizes = shape.map((dim) => (typeof dim === 'number' ? dim : clips));
      const mask = dropoutMask(sizeOf(sizes), rate, { seed, step, layer });
      return [input, float32Tensor(sizes, mask)] as const;
    });
    const isDropped = form.gate !== undefined && dropsPathway(options.dropPathway!, seed, step);
    const gate = float32Tensor([1, 1, 1, 1, 1], Float32Array.of(isDropped ? 0 : 1));
    const results = await compiled.run({
      ...feeds,
      ...this.#fed(form),
      ...Object.fromEntries(masks),
      ...(form.gate === undefined ? {} : { [form.gate]: gate }),
      targets,
    });
    const floats = (output: string): Float32Array => results[output]!.data as Float32Array;
    const outputs = Object.keys(model.graph.outputs).map((name) => [name, results[name]!]);
    // What follows changes the parameters.
    this.#forget();
    return {
      loss: floats('loss')[0]!,
      gradients: new Map(trained.map((name) => [name, floats(gradientOf(name))])),
      outputs: Object.fromEntries(outputs) as Record<O, HostTensor>,
      statistics: samples(
        form.statistics.filter((norm) => !(isDropped && norm.isDropped)),
        floats,
        clips,
      ),
    };
  }

  /** Running averages in PyTorch's convention: `(1 − momentum) · old + momentum · new`. */
  takeStatistics({ statistics }: Pick<LossAndGradients<O>, 'statistics'>): void {
    for (const { runningMean, runningVariance, momentum } of this.#own.form.statistics) {
      for (const name of [runningMean, runningVariance]) {
        const { data } = this.#parts.parameters.get(name)!;
        const newest = statistics.get(name);
        if (!newest) continue;
        for (let i = 0; i < data.length; i++) {
          data[i] = (1 - momentum) * data[i]! + momentum * newest[i]!;
        }
      }
    }
  }

  /** The outputs as at inference: running statistics, no dropout. Rejects as {@link lossAndGradients} does. */
  async run(feeds: Feeds<I>): Promise<Record<O, HostTensor>> {
    this.#checkOpen();
    const { model, options } = this.#parts;
    this.#inference ??= options.runtime.compile(model as RunnableModel, this.#store());
    const compiled = await this.#inference;
    return compiled.run(feeds) as Promise<Record<O, HostTensor>>;
  }

  /**
   * Mean and unbiased variance of one batch at each batch norm that has no fixed statistics, by the name of the running
   * statistic that they are a sample of: averaged over batches and {@link assign}ed, they make a precise batch norm.
   */
  async batchStatistics(feeds: Feeds<I>): Promise<ReadonlyMap<string, HostTensor<'float32'>>> {
    this.#checkOpen();
    const own = this.#stepFor(feeds);
    const { form } = own;
    if (form.statistics.length === 0) return new Map();
    const compiled = await own.statistics();
    const fed = Object.entries({ ...feeds, ...this.#fed(form) });
    const inputs = fed.filter(([input]) => input in compiled.inputs);
    const results = await compiled.run(Object.fromEntries(inputs));
    const floats = (output: string): Float32Array => results[output]!.data as Float32Array;
    const all = samples(form.statistics, floats, clipsOf(feeds));
    return new Map([...all].map(([name, data]) => [name, float32Tensor([data.length], data)]));
  }

  /** A copy of every parameter and running statistic, by the graph's names and in PyTorch's layout. */
  weights(metadata: Readonly<Record<string, string>> = {}): WeightStore {
    this.#checkOpen();
    const copies = this.parameters.map(
      ({ name, shape, data }) => [name, float32Tensor(shape, data.slice())] as const,
    );
    return memoryStore(copies, metadata);
  }

  /** Replaces parameters or running statistics. Throws {@link SpecError} for unknown names, ShapeError for other shapes. */
  assign(tensors: Iterable<readonly [name: string, tensor: HostTensor]>): void {
    this.#checkOpen();
    const checked = [...tensors].map(([name, tensor]) => {
      const parameter = this.#parts.parameters.get(name);
      if (!parameter) {
        throw new SpecError({
          site: `${this.name}: assign`,
          expected: `one of its ${this.#parts.parameters.size} parameters`,
          received: `'${name}'`,
        });
      }
      checkTensor(name, tensor, parameter);
      return [parameter, tensor.data as Float32Array] as const;
    });
    const { form } = this.#own;
    const fed = new Set(Object.keys(form.graph.inputs));
    for (const [{ name, data }, values] of checked) {
      const isConstant = form.graph.params.has(name) && !fed.has(name);
      if (isConstant && data.some((value, i) => value !== values[i])) this.#forgetConstants();
      data.set(values);
    }
    this.#forget();
  }

  /** Releases what was compiled; a second call does nothing. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#forget();
    this.#forgetConstants();
  }

  /** The step for feeds of these extents; that of the model where none is, which then says what is wrong. */
  #stepFor(feeds: Feeds<I>): StepGraph<O> {
    this.#checkOpen();
    const { model, options, stepOf } = this.#parts;
    const graph = options.resized?.find((other) => fits(feeds, other)) ?? model.graph;
    const own = this.#steps.get(graph) ?? stepOf(graph);
    this.#steps.delete(graph);
    this.#steps.set(graph, own);
    const others = [...this.#steps.values()].slice(0, -MOST_COMPILED);
    for (const other of others) other.forget();
    return own;
  }

  /** Trained parameters, which are inputs. */
  #fed({ graph }: TrainingForm): Record<string, HostTensor<'float32'>> {
    const { parameters } = this.#parts;
    const inputs = Object.keys(graph.inputs).flatMap((name) => parameters.get(name) ?? []);
    return Object.fromEntries(
      inputs.map(({ name, shape, data }) => [name, float32Tensor(shape, data)]),
    );
  }

  /** All parameters as they are now; not copied. */
  #store(): WeightStore {
    return memoryStore(
      this.parameters.map(({ name, shape, data }) => [name, float32Tensor(shape, data)]),
    );
  }

  /** Lets go of the inference model, whose weights are those of a moment. */
  #forget(): void {
    release(this.#inference);
    this.#inference = undefined;
  }

  #forgetConstants(): void {
    for (const step of this.#steps.values()) step.forget();
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

/** Whether what is fed has the extents of a graph's inputs, whatever the number of clips. */
const fits = (feeds: Feeds<string>, { inputs }: Graph): boolean =>
  Object.entries(inputs).every(
    ([name, { type }]) => feeds[name]?.shape.slice(1).join() === type.shape.slice(1).join(),
  );

const clipsOf = (feeds: Feeds<string>): number => Object.values(feeds)[0]!.shape[0]!;

function samples(
  statistics: readonly BatchStatistics[],
  floats: (output: string) => Float32Array,
  clips: number,
): ReadonlyMap<string, Float32Array> {
  const all = new Map<string, Float32Array>();
  for (const { mean, variance, runningMean, runningVariance, positions } of statistics) {
    const count = positions * clips;
    // A single position has no spread; PyTorch refuses it, and it must not become NaN here.
    const unbiased = count / Math.max(1, count - 1);
    all.set(runningMean, floats(mean));
    all.set(
      runningVariance,
      floats(variance).map((value) => value * unbiased),
    );
  }
  return all;
}

/**
 * A model ready for training. Throws WeightError for weights that do not fit, {@link SpecError} for parts that do not
 * exist and for a loss that is no scalar of the model's outputs.
 *
 * @example
 * await using training = await trainingModel(model, initialWeights(model.graph, { seed: 1 }), {
 *   runtime: onnxRuntime({ threads: 2 }),
 *   loss: lossOf({ classes: 400 }).graph,
 * });
 * const optimizer = sgd(training.parameters, { momentum: 0.9, weightDecay: 1e-4 });
 * const result = await training.lossAndGradients(clips, targets);
 * training.takeStatistics(result);
 * optimizer.step(result.gradients, 0.1);
 */
export async function trainingModel<I extends string, O extends string>(
  model: RunnableModel<I, O>,
  weights: WeightStore,
  options: TrainingOptions<O>,
): Promise<TrainingModel<I, O>> {
  checkArguments('trainingModel', {
    model: [model, 'model'],
    weights: [weights, 'weights'],
    options: [options, 'object'],
  });
  const { name, graph } = model;
  const { freeze = [], freezeBatchNorm = false } = options;
  const frozen = frozenParts(graph, freeze);
  if (typeof freezeBatchNorm !== 'boolean') {
    checkParts(`${name}: freezeBatchNorm`, freezeBatchNorm, graph);
  }
  const parameters = new Map<string, TrainingParameter>();
  for await (const [param, tensor] of bindWeights(graph, weights, { site: name })) {
    parameters.set(param, trainingParameter(graph, param, tensor, frozen));
  }
  const part = (options.part ?? graph) as Graph<I, O>;
  const own = { name, graph: part, parameterNames: new Set(graph.params.keys()) };
  const constants = (names: ReadonlyMap<string, unknown>): WeightStore => {
    const own = [...parameters.values()].filter((one) => names.has(one.name));
    return memoryStore(own.map((one) => [one.name, float32Tensor(one.shape, one.data)]));
  };
  const shared = { name, whole: graph, options, parameters, constants };
  const stepOf = (resized: Graph<string, O>): StepGraph<O> =>
    new StepGraph({ ...shared, graph: resized });
  return new TrainingModel({ model: own, options, parameters, stepOf });
}
