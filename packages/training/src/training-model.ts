/** @file A model in training: its parameters on the host, and gradients that any runtime computes. */
import {
  checkArguments,
  bindWeights,
  float32Tensor,
  gradient,
  gradientOf,
  GraphBuilder,
  memoryStore,
  prune,
  RuntimeError,
  ShapeError,
  shapeText,
  sizeOf,
  SpecError,
  trainingForm,
  type BatchStatistics,
  type CompiledModel,
  type Graph,
  type HostTensor,
  type RunnableModel,
  type Runtime,
  type TrainingForm,
  type UnitOf,
  type Value,
  type WeightStore,
} from '@slowfast/core';
import { dropoutMask } from './dropout-mask.js';
import { frozenParts, type Freeze } from './freeze.js';
import type { LossGraph } from './loss-graph.js';
import { graphWithin, stepBytes, type MemoryLimit } from './memory-limit.js';
import type { Gradients } from './optimizers/gradients.js';
import {
  checkParts,
  isInside,
  trainingParameter,
  type PartNames,
  type TrainingParameter,
} from './parameters.js';

/** Options of {@link trainingModel}. */
export interface TrainingOptions<O extends string> {
  /** What computes: `onnxRuntime(...)`, `tfjsRuntime(...)`. */
  readonly runtime: Pick<Runtime<unknown>, 'compile'>;
  readonly loss: LossGraph<O>;
  /** Decides the masks of dropout; default 0. */
  readonly seed?: number;
  /**
   * Parts that are not trained. Their batch norms use the running statistics and leave them as they are, so that they
   * are as quick as at inference. Default: none.
   */
  readonly freeze?: Freeze;
  /**
   * Batch norms that use the running statistics and leave them as they are, while their scale and shift are trained:
   * all, or those in these parts. Default: none.
   */
  readonly freezeBatchNorm?: boolean | PartNames;
  /**
   * What is computed in place of the whole network: `rest` of `splitFrozen`, whose inputs are then what is fed. Weights
   * are those of the whole network. Default: the whole network.
   */
  readonly part?: Graph<string, O>;
  /** Units whose values are computed once more on the way back, which takes less memory and more time: `residualBlocks`. */
  readonly recompute?: UnitOf;
  /** What a step may take, in place of `recompute`: as few stages as that needs are computed twice. */
  readonly memory?: MemoryLimit;
}

/** What one batch gave. */
export interface LossAndGradients<O extends string> {
  readonly loss: number;
  /** By parameter name, in PyTorch's layout; of trained parameters that the loss depends on. */
  readonly gradients: Gradients;
  readonly outputs: Readonly<Record<O, HostTensor>>;
  /** Mean and unbiased variance at each batch norm, by the name of the running statistic that they are a sample of. */
  readonly statistics: ReadonlyMap<string, Float32Array>;
}

/** Feeds by the names of a model's inputs. */
export type Feeds<I extends string> = Readonly<Record<I, HostTensor>>;

interface Parts<I extends string, O extends string> {
  /** What is computed: the whole network, or a part of it. */
  readonly model: RunnableModel<I, O>;
  /** The whole network, whose parameters these are. */
  readonly whole: Graph;
  readonly options: TrainingOptions<O>;
  readonly parameters: ReadonlyMap<string, TrainingParameter>;
  readonly form: TrainingForm;
  /** The graph with the loss and the gradients. */
  readonly graph: Graph;
  /** Trained parameters that the loss depends on. */
  readonly trained: readonly string[];
  /** Stages that a memory limit has computed twice. */
  readonly twice: readonly string[];
}

type Compiled = CompiledModel<string, string>;

/** A model in training, made by {@link trainingModel}. Every method throws {@link RuntimeError} after disposal. */
export class TrainingModel<I extends string = string, O extends string = string> {
  readonly #parts: Parts<I, O>;
  #step: Promise<Compiled> | undefined;
  #inference: Promise<Compiled> | undefined;
  #statistics: Promise<Compiled> | undefined;
  #isDisposed = false;

  /** @internal Use {@link trainingModel}. */
  constructor(parts: Parts<I, O>) {
    this.#parts = parts;
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
    return this.#parts.twice;
  }

  /** Bytes that a step of so many clips takes, about. */
  stepBytes(clips: number): number {
    return stepBytes(this.#parts.graph, clips);
  }

  /** Where it runs, and how many batches it computes at once. */
  async device(): Promise<{ readonly name: string; readonly parallelRuns: number }> {
    const { device, parallelRuns = 1 } = await this.#training();
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
    const compiled = await this.#training();
    const { form, trained, model, options } = this.#parts;
    const clips = clipsOf(feeds);
    const masks = form.masks.map(({ layer, input, rate, shape }) => {
      const sizes = shape.map((dim) => (typeof dim === 'number' ? dim : clips));
      const mask = dropoutMask(sizeOf(sizes), rate, { seed: options.seed ?? 0, step, layer });
      return [input, float32Tensor(sizes, mask)] as const;
    });
    const results = await compiled.run({
      ...feeds,
      ...this.#fed(),
      ...Object.fromEntries(masks),
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
      statistics: samples(form.statistics, floats, clips),
    };
  }

  /** Running averages in PyTorch's convention: `(1 − momentum) · old + momentum · new`. */
  takeStatistics({ statistics }: Pick<LossAndGradients<O>, 'statistics'>): void {
    for (const { runningMean, runningVariance, momentum } of this.#parts.form.statistics) {
      for (const name of [runningMean, runningVariance]) {
        const { data } = this.#parts.parameters.get(name)!;
        const newest = statistics.get(name)!;
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
    const { options, form, model } = this.#parts;
    if (form.statistics.length === 0) return new Map();
    this.#statistics ??= options.runtime.compile(
      { name: model.name, graph: this.#statisticsGraph() },
      this.#constants(),
    );
    const compiled = await this.#statistics;
    const fed = Object.entries({ ...feeds, ...this.#fed() });
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
    const fed = new Set(Object.keys(this.#parts.form.graph.inputs));
    for (const [{ name, data }, values] of checked) {
      const isConstant = this.#parts.form.graph.params.has(name) && !fed.has(name);
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

  #training(): Promise<Compiled> {
    this.#checkOpen();
    const { options, model, graph, trained } = this.#parts;
    if (trained.length === 0) {
      throw new SpecError({
        site: `${this.name}: freeze`,
        expected: 'at least one parameter that is trained',
        received: 'none',
      });
    }
    this.#step ??= options.runtime.compile({ name: model.name, graph }, this.#constants());
    return this.#step;
  }

  #statisticsGraph(): Graph {
    const { model } = this.#parts;
    const { graph } = formOf(this.#parts, false);
    const extras = Object.entries<Value>(graph.outputs).filter(
      ([name]) => !(name in model.graph.outputs),
    );
    return prune({ ...graph, outputs: Object.fromEntries(extras) });
  }

  /** Trained parameters, which are inputs. */
  #fed(): Record<string, HostTensor<'float32'>> {
    const { form, parameters } = this.#parts;
    const inputs = Object.keys(form.graph.inputs).flatMap((name) => parameters.get(name) ?? []);
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

  /** Those that are constants of a training graph. */
  #constants(): WeightStore {
    const { params } = this.#parts.graph;
    const own = this.parameters.filter(({ name }) => params.has(name));
    return memoryStore(own.map(({ name, shape, data }) => [name, float32Tensor(shape, data)]));
  }

  /** Lets go of the inference model, whose weights are those of a moment. */
  #forget(): void {
    release(this.#inference);
    this.#inference = undefined;
  }

  #forgetConstants(): void {
    release(this.#step);
    release(this.#statistics);
    this.#step = this.#statistics = undefined;
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

/** Disposal waits for the runs that go on; what fails to be made needs none. */
function release(compiled: Promise<Compiled> | undefined): void {
  void compiled?.then((model) => model[Symbol.asyncDispose]()).catch(() => undefined);
}

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

/** Throws {@link ShapeError} unless a tensor is one of a parameter's shape. */
export function checkTensor(
  site: string,
  { dtype, shape }: HostTensor,
  parameter: Pick<TrainingParameter, 'shape'>,
): void {
  if (dtype === 'float32' && shape.join() === parameter.shape.join()) return;
  throw new ShapeError({
    site,
    expected: `float32 ${shapeText(parameter.shape)}`,
    received: `${dtype} ${shapeText(shape)}`,
  });
}

interface FormParts {
  readonly model: RunnableModel;
  readonly whole: Graph;
  readonly options: Pick<TrainingOptions<string>, 'freeze' | 'freezeBatchNorm'>;
  readonly parameters: ReadonlyMap<string, TrainingParameter>;
}

function formOf({ model, whole, options, parameters }: FormParts, dropout: boolean): TrainingForm {
  const { freeze = [], freezeBatchNorm = false } = options;
  const fixed = typeof freezeBatchNorm === 'boolean' ? [] : freezeBatchNorm;
  const parts = [...frozenParts(whole, freeze), ...fixed];
  return trainingForm(model.graph, {
    dropout,
    isTrained: (name) => parameters.get(name)!.trainable,
    hasFixedStatistics: ({ inputs }) =>
      freezeBatchNorm === true || isInside(parts, inputs[1]!.name),
  });
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
  const form = formOf({ options, parameters, whole: graph, model: own }, true);
  const withLoss = lossAdded(form.graph, part, options.loss);
  const learned = [...parameters.values()].filter(({ trainable }) => trainable);
  const pruned = prune({ ...withLoss, outputs: { loss: withLoss.outputs['loss']! } });
  const trained = learned.map((one) => one.name).filter((param) => param in pruned.inputs);
  const withGradients = (recompute = options.recompute): Graph =>
    gradient(withLoss, { loss: 'loss', wrt: trained, ...(recompute ? { recompute } : {}) });
  const parts = { model: own, whole: graph, options, parameters, form, trained };
  if (trained.length === 0) return new TrainingModel({ ...parts, graph: withLoss, twice: [] });
  const { memory } = options;
  const plan = memory
    ? graphWithin(memory, part, withGradients)
    : { graph: withGradients(), twice: [] };
  return new TrainingModel({ ...parts, ...plan });
}

/** The training form with the targets as a further input and the loss as a further output. */
function lossAdded<O extends string>(
  form: Graph,
  { outputs }: Graph<string, O>,
  { targets, build }: LossGraph<O>,
): Graph {
  const g = GraphBuilder.extending(form, 'loss');
  const input = g.input('targets', { dtype: 'float32', shape: targets });
  const own = Object.keys(outputs).map((name) => [name, form.outputs[name]!] as const);
  const loss = build(g.scope('loss'), Object.fromEntries(own) as Record<O, Value>, input);
  return g.build({ ...form.outputs, loss });
}
