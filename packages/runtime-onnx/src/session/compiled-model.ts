/** @file A session as a {@link CompiledModel}. */
import {
  RuntimeError,
  internalError,
  type CompiledModel,
  type DType,
  type Dim,
  type HostTensor,
  type ModelFacts,
} from '@slowfast/core';
import { firstLine, type OnnxBackend, type OnnxProvider } from './backend.js';
import { checkFeeds, type InputType } from './feeds.js';
import type { OpenSession, PassedOver } from './open-session.js';
import type { OrtTensor } from './ort.js';

/** A model that ONNX Runtime runs. */
export interface OnnxCompiledModel<
  I extends string = string,
  O extends string = string,
> extends CompiledModel<I, O> {
  /** The execution provider in use. */
  readonly provider: OnnxProvider;
  /** Providers that were preferred but could not be used, with reasons. */
  readonly passedOver: readonly PassedOver[];
}

/** What {@link compiledModel} is made of. */
export interface CompiledParts {
  readonly name: string;
  readonly backend: OnnxBackend;
  readonly opened: OpenSession;
  /** Whether a worker thread computes. */
  readonly worker: boolean | undefined;
  readonly inputs: readonly InputType[];
  readonly outputs: readonly InputType[];
  readonly facts: ModelFacts;
}

/** A compiled model over an open session, which it owns. */
export function compiledModel<I extends string, O extends string>(
  parts: CompiledParts,
): OnnxCompiledModel<I, O> {
  const { name, backend, opened, inputs, outputs } = parts;
  const queue = new RunQueue(name, () => opened.session.release());
  return {
    name,
    device: deviceText(backend.name, opened, parts.worker),
    provider: opened.provider,
    passedOver: opened.passedOver,
    facts: parts.facts,
    inputs: shapesOf<I>(inputs),
    outputs: shapesOf<O>(outputs),
    run: async (feeds: Readonly<Record<I, HostTensor>>) => {
      queue.checkOpen();
      checkFeeds(name, inputs, feeds);
      return queue.add(() => runSession<O>(parts, feeds));
    },
    [Symbol.asyncDispose]: () => queue.close(),
  };
}

/**
 * Runs one after another: onnxruntime-web takes one run at a time, and each uses all threads anyway.
 * Closing waits for those that were asked for, and releases once.
 */
class RunQueue {
  readonly #name: string;
  readonly #release: () => Promise<void>;
  #last: Promise<unknown> = Promise.resolve();
  #closed: Promise<void> | undefined;

  constructor(name: string, release: () => Promise<void>) {
    this.#name = name;
    this.#release = release;
  }

  checkOpen(): void {
    if (this.#closed === undefined) return;
    throw new RuntimeError({
      site: this.#name,
      expected: 'a model that is open',
      received: 'one that was disposed',
      remedy: 'Compile it again, or dispose it later',
    });
  }

  add<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#last.then(run);
    // The caller sees a failure; the next run goes ahead all the same.
    this.#last = result.catch(() => undefined);
    return result;
  }

  close(): Promise<void> {
    this.#closed ??= this.#last.then(() => this.#release());
    return this.#closed;
  }
}

async function runSession<O extends string>(
  { name, backend, opened, outputs }: CompiledParts,
  feeds: Readonly<Record<string, HostTensor>>,
): Promise<Record<O, HostTensor>> {
  const tensors = Object.entries(feeds).map(
    ([input, { dtype, data, shape }]) =>
      [input, new backend.ort.Tensor(dtype, data, shape)] as const,
  );
  let results: Readonly<Record<string, OrtTensor>>;
  try {
    results = await opened.session.run(Object.fromEntries(tensors));
  } catch (error) {
    throw new RuntimeError({
      site: name,
      expected: `a run of ${backend.name} (${opened.provider})`,
      received: firstLine(error),
      cause: error,
    });
  }
  return Object.fromEntries(
    outputs.map((output) => [output.name, hostTensor(output, results[output.name])] as const),
  ) as Record<O, HostTensor>;
}

function hostTensor({ name, dtype }: InputType, tensor: OrtTensor | undefined): HostTensor {
  if (tensor?.type !== dtype) throw internalError(`output ${name} is ${tensor?.type}`);
  // The element type decides the array's class; TypeScript cannot see that they belong together.
  return { dtype, shape: [...tensor.dims], data: tensor.data } as HostTensor;
}

function shapesOf<K extends string>(values: readonly InputType[]): Record<K, readonly Dim[]> {
  return Object.fromEntries(values.map(({ name, shape }) => [name, shape])) as Record<
    K,
    readonly Dim[]
  >;
}

function deviceText(
  name: string,
  { provider, threads }: OpenSession,
  worker: boolean | undefined,
): string {
  const count = threads === undefined ? [] : [`${threads} ${threads === 1 ? 'thread' : 'threads'}`];
  return `${name} (${[provider, ...count, ...(worker ? ['worker'] : [])].join(', ')})`;
}

/** Element types that a host tensor can have. */
export function isDType(type: string | undefined): type is DType {
  return type === 'float32' || type === 'int32' || type === 'int64';
}
