/** @file KServe v2 over HTTP, as Triton speaks it: health, metadata, inference. */
import type { CompiledModel } from '@slowfast/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { batcher, isBatched, type Batcher } from '../batching/batcher.js';
import { rowsOf } from '../batching/rows.js';
import type { Metrics } from '../metrics.js';
import type { Settings } from '../options.js';
import { RequestError, badRequest, tooBusy } from '../request-error.js';
import { VERSION } from '../version.js';
import { ending, type Work } from '../work.js';
import { MOST_BOXES } from './boxes.js';
import { inferRequest } from './infer-request.js';
import { inferResponse } from './infer-response.js';
import { jsonParser } from './json-tensors.js';

/** The parts of a server that tensors go through. */
export interface TensorService extends AsyncDisposable {
  /** Requests in hand, and those of them that wait for a run. */
  readonly requests: number;
  readonly waiting: number;
  /** Adds the routes. */
  addTo(app: FastifyInstance, metrics: Metrics): void;
}

interface ModelParameters {
  readonly name: string;
  readonly version?: string;
}

const HEADER = 'inference-header-content-length';

/** Serves models by name. */
export function tensorService(settings: Settings, work: Work): TensorService {
  const { models, maxRequests, maxRequestBytes, timeLimit, silence } = settings;
  const parser = jsonParser();
  const batchers = new Map<string, Batcher>();
  let [requests, bytes] = [0, 0];
  // Made once: where thousands are turned away, tracing each would cost more than it tells.
  const full = tooBusy('queue', `${maxRequests} in hand`, 1);

  function modelOf({ params }: FastifyRequest): readonly [string, CompiledModel] {
    const { name, version = '1' } = params as ModelParameters;
    const model = models.get(name);
    if (model && version === '1') return [name, model];
    throw new RequestError(404, {
      site: 'model',
      expected: `${[...models.keys()].join(' or ') || 'none'}, version 1`,
      received: `'${name.slice(0, 100)}'${version === '1' ? '' : `, version '${version.slice(0, 20)}'`}`,
    });
  }

  /** Lets a request in before its body is read; throws where there is no room. */
  function admitted(
    { headers }: FastifyRequest,
    most: number,
  ): Disposable & { readonly length: number } {
    const length = Number(headers['content-length'] ?? NaN);
    if (!Number.isSafeInteger(length)) {
      throw new RequestError(411, {
        site: 'Content-Length',
        expected: 'the length of the body',
        received: 'none',
      });
    }
    if (length > most) {
      throw new RequestError(413, {
        site: 'request',
        expected: `at most ${most} bytes`,
        received: `${length}`,
      });
    }
    if (requests >= maxRequests) throw full;
    if (bytes + length > maxRequestBytes) throw tooBusy('queue', `${bytes} bytes in hand`, 1);
    requests += 1;
    bytes += length;
    return {
      length,
      [Symbol.dispose]() {
        requests -= 1;
        bytes -= length;
      },
    };
  }

  return {
    get requests() {
      return requests;
    },
    get waiting() {
      return [...batchers.values()].reduce((sum, { waiting }) => sum + waiting, 0);
    },
    [Symbol.asyncDispose]: () => parser[Symbol.asyncDispose](),
    addTo(app, metrics) {
      const { maxBatch, batchDelay } = settings;
      for (const [name, model] of models) {
        batchers.set(
          name,
          batcher(model, { maxBatch, batchDelay }, ({ rows, duration }) =>
            metrics.batch(name, rows, duration / 1000),
          ),
        );
      }
      app.get('/v2', () => ({
        name: 'slowfast',
        version: VERSION,
        extensions: ['binary_tensor_data', 'classification', 'model_configuration'],
      }));
      app.get('/v2/health/live', () => ({ live: true }));
      app.get('/v2/health/ready', () => {
        if (work.isEnding) throw ending();
        return { ready: true };
      });
      for (const at of ['/v2/models/:name', '/v2/models/:name/versions/:version']) {
        app.get(at, (request) => {
          const [name, model] = modelOf(request);
          return metadataOf(name, model);
        });
        app.get(`${at}/ready`, (request) => {
          if (work.isEnding) throw ending();
          return { name: modelOf(request)[0], ready: true };
        });
        app.get(`${at}/config`, (request) => {
          const [name, model] = modelOf(request);
          return configOf(name, model, batchers.get(name)!.maxBatch);
        });
        app.post(`${at}/infer`, async (request, reply) => {
          const [name, model] = modelOf(request);
          using place = admitted(request, Math.min(maxRequestBytes, largest(model, maxBatch)));
          const signal = work.signalFor(reply, timeLimit);
          const headerLength = headerLengthOf(request);
          const body = await bodyOf(request, aligned(place.length, headerLength), silence, signal);
          const read = await inferRequest(body, headerLength, model, parser);
          const queue = batchers.get(name)!;
          const rows = rowsOf(read.feeds);
          if (rows > maxBatch && typeof Object.values(model.inputs)[0]?.[0] === 'string') {
            throw badRequest('inputs', `at most ${maxBatch} clips a request`, `${rows}`);
          }
          const stop =
            read.timeout === undefined
              ? signal
              : AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(read.timeout))]);
          const results = await queue.run(read.feeds, stop).catch((error: unknown) => {
            throw (error as Error).name === 'TimeoutError' ? overdue(read.timeout!) : error;
          });
          const answer = inferResponse(name, read, results, model.metadata);
          if (answer.headerLength === undefined) reply.type('application/json');
          else {
            reply.type('application/octet-stream').header(HEADER, answer.headerLength);
          }
          return reply.send(answer.body);
        });
      }
    },
  };
}

/** Bytes of a number as JSON has it, at most, and of what is not numbers. */
const [JSON_NUMBER, JSON_REST] = [26, 2 ** 20];

/** Bytes of the largest request that a model can be asked; sizes that a run may choose have no limit of their own. */
function largest({ inputs }: CompiledModel, maxBatch: number): number {
  const sizes = Object.values(inputs).flatMap(([, ...shape]) => shape);
  if (sizes.some((size) => typeof size === 'string')) return Infinity;
  const numbers = Object.entries(inputs).reduce(
    (sum, [name, [, ...shape]]) =>
      sum +
      shape.reduce<number>((size, axis) => size * Number(axis), name === 'boxes' ? MOST_BOXES : 1),
    0,
  );
  return maxBatch * numbers * JSON_NUMBER + JSON_REST;
}

const overdue = (milliseconds: number): RequestError =>
  new RequestError(504, {
    site: 'request',
    expected: `a run within its timeout of ${milliseconds} ms`,
    received: 'none so far',
  });

function headerLengthOf({ headers }: FastifyRequest): number | undefined {
  const text = headers[HEADER];
  if (text === undefined) return undefined;
  if (typeof text === 'string' && /^\d{1,10}$/.test(text)) return Number(text);
  throw badRequest('Inference-Header-Content-Length', 'a number of bytes', String(text));
}

/** Memory for a body in which the numbers after the JSON begin at a multiple of four, so that they need no copy. */
const aligned = (length: number, headerLength = 0): Buffer =>
  Buffer.allocUnsafeSlow(length + 3).subarray(-headerLength & 3, (-headerLength & 3) + length);

/** Fills the body; rejects with a RequestError for a client that falls silent. */
async function bodyOf(
  { raw }: FastifyRequest,
  body: Buffer,
  silence: number,
  signal: AbortSignal,
): Promise<Buffer> {
  let at = 0;
  const late = new RequestError(408, {
    site: 'request',
    expected: 'bytes that keep coming',
    received: `none for ${silence} s`,
  });
  signal.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const end = (then: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      raw.off('data', take);
      then();
    };
    const giveUp = (): void => end(() => reject(late));
    const stop = (): void => end(() => reject(signal.reason as Error));
    const take = (chunk: Buffer): void => {
      clearTimeout(timer);
      timer = setTimeout(giveUp, silence * 1000);
      at += chunk.copy(body, at);
    };
    let timer = setTimeout(giveUp, silence * 1000);
    signal.addEventListener('abort', stop, { once: true });
    raw.on('data', take);
    raw.once('end', () => end(resolve));
    raw.once('error', giveUp);
  });
  return body.subarray(0, at);
}

const tensorsOf = (shapes: Readonly<Record<string, readonly (number | string)[]>>) =>
  Object.entries(shapes).map(([name, shape]) => ({
    name,
    datatype: 'FP32',
    shape: shape.map((size) => (typeof size === 'number' ? size : -1)),
  }));

const metadataOf = (name: string, { inputs, outputs }: CompiledModel) => ({
  name,
  versions: ['1'],
  platform: 'slowfast_onnx',
  inputs: tensorsOf(inputs),
  outputs: tensorsOf(outputs),
});

/** The model's configuration in the form of Triton's, as far as it says something of this server. */
function configOf(name: string, model: CompiledModel, maxBatch: number) {
  const batched = isBatched(model);
  const values = (shapes: Readonly<Record<string, readonly (number | string)[]>>) =>
    tensorsOf(shapes).map(({ name, shape }) => ({
      name,
      data_type: 'TYPE_FP32',
      dims: batched ? shape.slice(1) : shape,
    }));
  return {
    name,
    platform: 'slowfast_onnx',
    max_batch_size: batched ? maxBatch : 0,
    input: values(model.inputs),
    output: values(model.outputs),
    ...(batched ? { dynamic_batching: {} } : {}),
  };
}
