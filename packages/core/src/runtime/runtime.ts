/** @file What every runtime offers, so that evaluation and applications know no runtime. */
import type { Graph } from '../ir/types.js';
import type { Preprocessing } from '../model/preprocessing.js';
import type { HostTensor } from '../tensor.js';
import type { WeightStore } from '../weights/store.js';

/** What runtimes and exports need of a model; every composed model has it. */
export interface RunnableModel<I extends string = string, O extends string = string> {
  readonly name: string;
  readonly graph: Graph<I, O>;
  /** Parameters of the whole network, where the graph is a part of it (`model.features(...)`): a store may hold them. */
  readonly parameterNames?: ReadonlySet<string>;
}

/** Metadata that travel with a compiled or exported model. */
export interface ModelMetadata {
  readonly preprocessing?: Preprocessing;
  /** Class names by index. */
  readonly labels?: readonly string[];
  /** Whether the weights were trained; scores of initialised weights mean nothing. */
  readonly trained?: boolean;
  /** Whether most of it computes with 8-bit codes, so that scores differ from those of the weights. */
  readonly precision?: 'int8';
}

/** A model ready to run. Release it with `await using`, or by `await model[Symbol.asyncDispose]()`. */
export interface CompiledModel<
  I extends string = string,
  O extends string = string,
> extends AsyncDisposable {
  readonly name: string;
  /** Where it runs: `onnxruntime-node (cpu, 2 threads)`. */
  readonly device: string;
  /** Input types; a string dimension is one that each run may choose. */
  readonly inputs: Readonly<Record<I, readonly (number | string)[]>>;
  readonly outputs: Readonly<Record<O, readonly (number | string)[]>>;
  readonly metadata: ModelMetadata;
  /** How many runs go on at once when they are asked for at once; default 1. */
  readonly parallelRuns?: number;
  /**
   * Runs the model. Throws ShapeError for a missing, unexpected or misshaped feed, and
   * RuntimeError after disposal.
   */
  run(feeds: Readonly<Record<I, HostTensor>>, options?: RunOptions): Promise<Record<O, HostTensor>>;
}

/** How a model is run. */
export interface RunOptions {
  /**
   * Gives the memory of the feeds away: their arrays may be empty afterwards. A model that runs in another thread takes
   * them instead of copying them. Default false.
   */
  readonly transfer?: boolean;
}

/** Compiles models; `Options` are the runtime's own. */
export interface Runtime<Options> {
  readonly name: string;
  /**
   * Compiles a model with its weights. Rejects with a WeightError when they do not fit it or cannot be read, with a
   * RuntimeError when there is nothing here to run it on, and with a SpecError for options that make no sense.
   */
  compile<I extends string, O extends string>(
    model: RunnableModel<I, O>,
    weights: WeightStore,
    options?: Options,
  ): Promise<CompiledModel<I, O>>;
}
