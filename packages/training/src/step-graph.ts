/** @file A network with its loss and gradients for inputs of one extent, compiled when it is first used. */
import {
  gradient,
  GraphBuilder,
  prune,
  sizeOf,
  SpecError,
  trainingForm,
  type CompiledModel,
  type Graph,
  type TrainingForm,
  type Value,
  type WeightStore,
} from '@slowfast/core';
import { frozenParts } from './freeze.js';
import type { LossGraph } from './loss-graph.js';
import { graphWithin } from './memory-limit.js';
import { isInside, type TrainingParameter } from './parameters.js';
import type { TrainingOptions } from './training-options.js';

/** A compiled graph, whose inputs are clips, parameters, masks and targets. */
export type Compiled = CompiledModel<string, string>;

/** What a step's graph is made of. */
export interface StepParts<O extends string> {
  readonly name: string;
  /** What is computed: the whole network, or a part of it. */
  readonly graph: Graph<string, O>;
  /** The whole network, whose parameters these are. */
  readonly whole: Graph;
  readonly options: TrainingOptions<O>;
  readonly parameters: ReadonlyMap<string, TrainingParameter>;
  /** Values of parameters that are constants. */
  readonly constants: (names: ReadonlyMap<string, unknown>) => WeightStore;
}

/** Made by {@link stepGraph}. */
export class StepGraph<O extends string = string> {
  readonly form: TrainingForm;
  /** With the loss and the gradients as outputs. */
  readonly graph: Graph;
  /** Trained parameters that the loss depends on. */
  readonly trained: readonly string[];
  /** Stages that a memory limit has computed twice. */
  readonly twice: readonly string[] = [];
  readonly #parts: StepParts<O>;
  #step: Promise<Compiled> | undefined;
  #statistics: Promise<Compiled> | undefined;

  /** Throws {@link SpecError} for parts that do not exist, a loss that is no scalar, and memory that does not suffice. */
  constructor(parts: StepParts<O>) {
    const { graph, options, parameters } = parts;
    this.#parts = parts;
    this.form = formOf(parts, true);
    const withLoss = lossAdded(this.form.graph, graph, options.loss);
    const learned = [...parameters.values()].filter(({ trainable }) => trainable);
    const needed = prune({ ...withLoss, outputs: { loss: withLoss.outputs['loss']! } });
    const trained = learned.map((one) => one.name).filter((param) => param in needed.inputs);
    this.trained = trained;
    this.graph = withLoss;
    if (trained.length === 0) return;
    const withGradients = (recompute = options.recompute): Graph =>
      gradient(withLoss, { loss: 'loss', wrt: trained, ...(recompute ? { recompute } : {}) });
    const { memory } = options;
    const { graph: within, twice } = memory
      ? graphWithin({ ...memory, clips: likeClips(memory.clips, parts) }, graph, withGradients)
      : { graph: withGradients(), twice: [] };
    this.graph = within;
    this.twice = twice;
  }

  /** The loss, the gradients, the network's outputs and what its batch norms saw. */
  step(): Promise<Compiled> {
    const { name, options, constants } = this.#parts;
    if (this.trained.length === 0) {
      throw new SpecError({
        site: `${name}: freeze`,
        expected: 'at least one parameter that is trained',
        received: 'none',
      });
    }
    const { graph } = this;
    this.#step ??= options.runtime.compile({ name, graph }, constants(graph.params));
    return this.#step;
  }

  /** What the batch norms see, alone and without dropout. */
  statistics(): Promise<Compiled> {
    const { name, options, constants, graph: network } = this.#parts;
    const { graph } = formOf(this.#parts, false);
    const outputs = Object.entries<Value>(graph.outputs).filter(
      ([key]) => !(key in network.outputs),
    );
    const own = prune({ ...graph, outputs: Object.fromEntries(outputs) });
    this.#statistics ??= options.runtime.compile({ name, graph: own }, constants(own.params));
    return this.#statistics;
  }

  /** Lets go of what was compiled. */
  forget(): void {
    release(this.#step);
    release(this.#statistics);
    this.#step = this.#statistics = undefined;
  }
}

/** Clips of this extent that make as many numbers as those of the whole network: what multigrid training takes at most. */
function likeClips(clips: number, { graph, whole }: StepParts<string>): number {
  const numbers = ({ inputs }: Graph): number =>
    Object.values(inputs).reduce(
      (sum, { type }) => sum + sizeOf(type.shape.slice(1) as number[]),
      0,
    );
  return Math.max(clips, Math.ceil((clips * numbers(whole)) / numbers(graph)));
}

/** Disposal waits for the runs that go on; what fails to be made needs none. */
export function release(compiled: Promise<Compiled> | undefined): void {
  void compiled?.then((model) => model[Symbol.asyncDispose]()).catch(() => undefined);
}

function formOf(
  { graph, whole, options, parameters }: StepParts<string>,
  dropout: boolean,
): TrainingForm {
  const { freeze = [], freezeBatchNorm = false } = options;
  const fixed = typeof freezeBatchNorm === 'boolean' ? [] : freezeBatchNorm;
  const parts = [...frozenParts(whole, freeze), ...fixed];
  return trainingForm(graph, {
    dropout,
    gated: new Set(options.dropPathway?.values),
    isTrained: (name) => parameters.get(name)!.trainable,
    hasFixedStatistics: ({ inputs }) =>
      freezeBatchNorm === true || isInside(parts, inputs[1]!.name),
  });
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
