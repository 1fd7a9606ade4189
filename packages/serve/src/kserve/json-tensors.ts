/** @file The JSON of requests: parsed here where it is short, and in a thread of its own where it is long. */
import { Worker } from 'node:worker_threads';
import { firstLine, SlowFastError, WorkerCalls } from '@slowfast/core';
import { badRequest } from '../request-error.js';

/** Bytes of JSON that are parsed on the event loop: a few milliseconds. */
const SHORT = 2 ** 17;

/** What a request says, its numbers as arrays. */
export interface ParsedJson {
  /** The JSON's value; `data` of each input is its index in `arrays`. */
  readonly value: unknown;
  readonly arrays: readonly Float32Array[];
}

/* istanbul ignore next -- its text runs in another thread, where a coverage counter does not exist */
/** Parses JSON and flattens the `data` of its inputs. Its text is sent to a thread, so it may use nothing else. */
function parse(text: string): { value: unknown; arrays: Float32Array[] } {
  const value = JSON.parse(text) as { inputs?: unknown };
  const arrays: Float32Array[] = [];
  const count = (data: unknown, depth: number): number => {
    if (!Array.isArray(data)) {
      if (typeof data === 'number') return 1;
      throw new Error('data: expected numbers');
    }
    if (depth > 8) throw new Error('data: expected at most 8 axes');
    let sum = 0;
    for (const item of data) sum += typeof item === 'number' ? 1 : count(item, depth + 1);
    return sum;
  };
  const fill = (data: unknown[], array: Float32Array, from: number): number => {
    let at = from;
    for (const item of data) {
      if (typeof item === 'number') array[at++] = item;
      else at = fill(item as unknown[], array, at);
    }
    return at;
  };
  const inputs: unknown = typeof value === 'object' && value !== null ? value.inputs : undefined;
  for (const input of Array.isArray(inputs) ? inputs : []) {
    const holder = input as { data?: unknown } | null;
    if (typeof holder !== 'object' || holder === null || holder.data === undefined) continue;
    if (!Array.isArray(holder.data)) throw new Error('data: expected a list of numbers');
    const array = new Float32Array(count(holder.data, 1));
    fill(holder.data, array, 0);
    holder.data = arrays.push(array) - 1;
  }
  return { value, arrays };
}

/** Parses requests. */
export interface JsonParser extends AsyncDisposable {
  /** Rejects with a RequestError of status 400 for what is no JSON, or has other data than numbers. */
  parse(bytes: Uint8Array): Promise<ParsedJson>;
}

/** A parser with a thread for what is long, started when there is something. */
export function jsonParser(): JsonParser {
  let thread: { readonly worker: Worker; readonly calls: WorkerCalls } | undefined;
  const started = () => {
    const worker = new Worker(
      `const { parentPort } = require('node:worker_threads');
${parse.toString()}
parentPort.on('message', ({ id, bytes }) => {
  try {
    const value = parse(Buffer.from(bytes.buffer).toString('utf8'));
    parentPort.postMessage({ id, value }, value.arrays.map(({ buffer }) => buffer));
  } catch ({ message }) {
    parentPort.postMessage({ id, error: { kind: 'Error', message } });
  }
});`,
      { eval: true },
    );
    return { worker, calls: new WorkerCalls(worker, 'JSON') };
  };
  const elsewhere = (bytes: Uint8Array): Promise<unknown> => {
    if (!thread || thread.calls.hasFailed) thread = started();
    const copy = new Uint8Array(bytes);
    return thread.calls.ask({ bytes: copy }, [copy.buffer]);
  };
  return {
    async parse(bytes) {
      try {
        if (bytes.byteLength > SHORT) return (await elsewhere(bytes)) as ParsedJson;
        return parse(
          Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'),
        );
      } catch (error) {
        // The thread's own end is no fault of the request.
        if (error instanceof SlowFastError) throw error;
        throw badRequest('request', 'JSON as KServe v2 has it', firstLine(error).slice(0, 200));
      }
    },
    async [Symbol.asyncDispose]() {
      await thread?.worker.terminate();
    },
  };
}
