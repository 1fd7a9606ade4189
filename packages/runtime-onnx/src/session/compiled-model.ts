/** @file A session as a {@link CompiledModel}. */
import {
  Lifetime,
  RunQueue,
  RuntimeError,
  checkFeeds,
  internalError,
  shapesByName,
  type CompiledModel,
  type DType,
  type HostTensor,
  type ModelMetadata,
  type NamedType,
  type RunOptions,
} from '@slowfast/core';
import { ortLine, type OnnxBackend, type OnnxProvider } from './backend.js';
import type { ProviderChoice } from '../fastest/stored-choices.js';
import type { OpenSession, Skipped } from './open-session.js';
import type { OrtSession, OrtTensor } from './ort.js';

/** A model that ONNX Runtime runs. */
export interface OnnxCompiledModel<
  I extends string = string,
  O extends string = string,
> extends CompiledModel<I, O> {
  /** The execution provider in use. */
  readonly provider: OnnxProvider;
  /** Providers that were preferred but could not be used, with reasons. */
  readonly skipped: readonly Skipped[];
  /** Why it is this provider, where `providers: 'fastest'` was asked for in a page. */
  readonly choice?: ProviderChoice;
}

/** What {@link compiledModel} is made of. */
export interface CompiledParts {
  readonly name: string;
  readonly backend: OnnxBackend;
  readonly opened: OpenSession;
  readonly inputs: readonly NamedType[];
  readonly outputs: readonly NamedType[];
  readonly metadata: ModelMetadata;
}

/** A compiled model over an open session, which it owns. */
export function compiledModel<I extends string, O extends string>(
  parts: CompiledParts,
): OnnxCompiledModel<I, O> {
  const { name, backend, opened, inputs, outputs } = parts;
  // In a session one after another: onnxruntime-web takes one run at a time, and each uses all threads anyway.
  const lanes = opened.sessions.map((session) => ({
    session,
    queue: new RunQueue(),
    waiting: 0,
  }));
  const life = new Lifetime(name, () => opened.release());
  return {
    name,
    device: deviceText(backend.name, opened),
    provider: opened.provider,
    skipped: opened.skipped,
    metadata: parts.metadata,
    inputs: shapesByName<I>(inputs),
    outputs: shapesByName<O>(outputs),
    parallelRuns: lanes.length,
    run: (feeds: Readonly<Record<I, HostTensor>>, options?: RunOptions) =>
      life.run(async () => {
        checkFeeds(name, inputs, feeds);
        const lane = lanes.reduce((a, b) => (b.waiting < a.waiting ? b : a));
        lane.waiting += 1;
        try {
          return await lane.queue.add(() => runSession<O>(parts, lane.session, feeds, options));
        } finally {
          lane.waiting -= 1;
        }
      }),
    [Symbol.asyncDispose]: () => life.close(),
  };
}

async function runSession<O extends string>(
  { name, backend, opened, outputs }: CompiledParts,
  opening: Promise<OrtSession>,
  feeds: Readonly<Record<string, HostTensor>>,
  { transfer = false }: RunOptions = {},
): Promise<Record<O, HostTensor>> {
  const tensors = Object.entries(feeds).map(
    ([input, { dtype, data, shape }]) =>
      [input, new backend.ort.Tensor(dtype, data, shape)] as const,
  );
  let results: Readonly<Record<string, OrtTensor>>;
  try {
    const inputs = Object.fromEntries(tensors);
    const session = await opening;
    results = await (transfer && session.runTaking
      ? session.runTaking(inputs)
      : session.run(inputs));
  } catch (error) {
    throw new RuntimeError({
      site: name,
      expected: `a run of ${backend.name} (${opened.provider})`,
      received: ortLine(error),
      cause: error,
    });
  }
  return Object.fromEntries(
    outputs.map((output) => [output.name, hostTensor(output, results[output.name])] as const),
  ) as Record<O, HostTensor>;
}

function hostTensor({ name, dtype }: NamedType, tensor: OrtTensor | undefined): HostTensor {
  if (tensor?.type !== dtype) throw internalError(`output ${name} is ${tensor?.type}`);
  // The element type decides the array's class; TypeScript cannot see that they belong together.
  return { dtype, shape: [...tensor.dims], data: tensor.data } as HostTensor;
}

function deviceText(
  name: string,
  { provider, threads, worker, sessions: { length } }: OpenSession,
): string {
  const of = length > 1 ? `${length} sessions of ` : '';
  const count =
    threads === undefined ? [] : [`${of}${threads} ${threads === 1 ? 'thread' : 'threads'}`];
  return `${name} (${[provider, ...count, ...(worker ? ['worker'] : [])].join(', ')})`;
}

/** Element types that a host tensor can have. */
export function isDType(type: string | undefined): type is DType {
  return type === 'float32' || type === 'int32' || type === 'int64';
}
