/**
 * @file A session in a worker thread of Node. onnxruntime-node computes on the thread that asks, which
 * stands still meanwhile; from a worker, decoding and preprocessing of the next clip go on.
 */
import { WorkerCalls } from '@slowfast/core';
import type { MessagePort } from 'node:worker_threads';
import type { OrtModule, OrtSession, OrtSessionOptions, OrtTensor } from './ort.js';

/** A tensor on its way between threads. */
type SentTensor = Pick<OrtTensor, 'type' | 'data' | 'dims'>;
type SentTensors = Readonly<Record<string, SentTensor>>;

/** What the worker can be asked, and what it answers. */
interface Requests {
  create: {
    request: OrtSessionOptions;
    answer: Pick<OrtSession, 'inputMetadata' | 'outputMetadata'>;
  };
  /** The feeds come back, so that the next ones need no memory of their own. */
  run: { request: SentTensors; answer: { results: SentTensors; feeds: SentTensors } };
  release: { request: undefined; answer: undefined };
}
type Message = {
  [K in keyof Requests]: { kind: K; id: number; request: Requests[K]['request'] };
}[keyof Requests];

/* istanbul ignore next -- its text runs in another thread, where a coverage counter does not exist */
/** The worker's code. It is started from its text, so it may use nothing but its parameters. */
function serve(
  port: MessagePort,
  ort: OrtModule,
  source: { model: Uint8Array | string | undefined },
): void {
  let session: OrtSession | undefined;
  ort.env.logLevel = 'fatal';
  const answerTo = async (message: Message): Promise<unknown> => {
    if (message.kind === 'create') {
      session = await ort.InferenceSession.create(source.model!, message.request);
      // The session has its own copy now.
      source.model = undefined;
      return { inputMetadata: session.inputMetadata, outputMetadata: session.outputMetadata };
    }
    if (message.kind === 'release') return session?.release();
    const tensors = Object.entries(message.request).map(
      ([name, { type, data, dims }]) => [name, new ort.Tensor(type, data, dims)] as const,
    );
    const results = Object.entries(await session!.run(Object.fromEntries(tensors)));
    const sent = results.map(([name, { type, data, dims }]) => [name, { type, data, dims }]);
    return { results: Object.fromEntries(sent), feeds: message.request };
  };
  /** Nobody here needs them any more; copies would take a tenth of a training step. */
  const buffersOf = ({ results, feeds }: Requests['run']['answer']): ArrayBuffer[] => {
    const all = [...Object.values(results), ...Object.values(feeds)];
    return [...new Set(all.map(({ data }) => (data as Float32Array).buffer as ArrayBuffer))];
  };
  port.on('message', (message: Message) => {
    answerTo(message).then(
      (value) =>
        port.postMessage(
          { id: message.id, value },
          message.kind === 'run' ? buffersOf(value as Requests['run']['answer']) : [],
        ),
      (error: unknown) => {
        const text = error instanceof Error ? error.message : String(error);
        port.postMessage({ id: message.id, error: { kind: 'Error', message: text } });
      },
    );
  });
}

/** Opens sessions in one worker; {@link SessionWorker.close} ends it. */
export interface SessionWorker {
  create(options: OrtSessionOptions): Promise<OrtSession>;
  close(): Promise<void>;
}

/**
 * Starts a worker that holds a model. Its bytes are handed over: the caller's array is empty afterwards.
 * The worker keeps the process alive only while it is asked something.
 */
export async function startSessionWorker(
  model: Uint8Array | string,
  site: string,
): Promise<SessionWorker> {
  const threads = await import(/* webpackIgnore: true */ /* @vite-ignore */ 'node:worker_threads');
  const { createRequire } = await import(
    /* webpackIgnore: true */ /* @vite-ignore */ 'node:module'
  );
  const path = createRequire(import.meta.url).resolve('onnxruntime-node');
  const code = `const { parentPort, workerData } = require('node:worker_threads');
(${serve.toString()})(parentPort, require(workerData.path), workerData);`;
  const worker = new threads.Worker(code, {
    eval: true,
    workerData: { path, model },
    transferList: typeof model === 'string' ? [] : [model.buffer as ArrayBuffer],
  });
  const calls = new WorkerCalls(worker, site);
  const ask: Ask = (kind, request, transfer) =>
    calls.ask({ kind, request }, transfer) as Promise<Requests[typeof kind]['answer']>;
  const close = async (): Promise<void> => {
    await worker.terminate();
  };
  return {
    close,
    async create(options) {
      const metadata = await ask('create', options);
      const spare = new Map<string, Float32Array>();
      return {
        ...metadata,
        async run(feeds) {
          const answer = await sent(ask, feeds, (tensor, name) => copied(tensor, name, spare));
          for (const [name, { data }] of Object.entries(answer.feeds)) {
            spare.set(name, data as Float32Array);
          }
          return answer.results;
        },
        runTaking: async (feeds) => (await sent(ask, feeds, taken)).results,
        async release() {
          await ask('release', undefined);
          await close();
        },
      };
    },
  };
}

/** A session in a worker of its own, which ends with it; rejects as ONNX Runtime does. */
export async function openInWorker(
  model: Uint8Array | string,
  options: OrtSessionOptions,
  site: string,
): Promise<OrtSession> {
  const worker = await startSessionWorker(model, site);
  try {
    return await worker.create(options);
  } catch (error) {
    await worker.close();
    throw error;
  }
}

/** Asks the worker one thing. */
type Ask = <K extends keyof Requests>(
  kind: K,
  request: Requests[K]['request'],
  transfer?: readonly ArrayBuffer[],
) => Promise<Requests[K]['answer']>;

/** Sends feeds to be run, each as `own` gives it away. */
function sent(
  ask: Ask,
  feeds: Readonly<Record<string, OrtTensor>>,
  own: (tensor: OrtTensor, name: string) => OwnTensor,
): Promise<Requests['run']['answer']> {
  const tensors = Object.entries(feeds).map(([name, tensor]) => [name, own(tensor, name)] as const);
  // Once each: two inputs may be one array.
  const buffers = new Set(tensors.map(([, { data }]) => data.buffer as ArrayBuffer));
  return ask('run', Object.fromEntries(tensors), [...buffers]);
}

// All element types have slice() and a buffer; which one it is does not matter here.
type OwnTensor = SentTensor & { readonly data: Float32Array };

/**
 * A copy to hand over, so that the caller keeps what is its own, and of a view no more than its part; in a spare array
 * where one fits, as new memory takes several times as long as the copy.
 */
function copied(
  { type, data: source, dims }: OrtTensor,
  name: string,
  spare: Map<string, Float32Array>,
): OwnTensor {
  const data = source as Float32Array;
  const own = spare.get(name);
  spare.delete(name);
  if (own?.length !== data.length || own.constructor !== data.constructor) {
    return { type, dims, data: data.slice() };
  }
  own.set(data);
  return { type, dims, data: own };
}

/** The array itself, unless it is a part of a larger one. */
function taken(tensor: OrtTensor): OwnTensor {
  const data = tensor.data as Float32Array;
  const isWhole = data.byteLength === data.buffer.byteLength && data.buffer instanceof ArrayBuffer;
  return { type: tensor.type, dims: tensor.dims, data: isWhole ? data : data.slice() };
}
