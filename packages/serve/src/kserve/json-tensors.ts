/** @file The JSON of requests: parsed here where it is short, and in a thread of its own where it is long. */
import { Worker } from 'node:worker_threads';
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

type Answer =
  ({ readonly id: number } & ParsedJson) | { readonly id: number; readonly error: string };

/** A parser with a thread for what is long, started when there is something. */
export function jsonParser(): JsonParser {
  const waiting = new Map<number, (answer: Answer | Error) => void>();
  let worker: Worker | undefined;
  let asked = 0;
  const failAll = (error: Error): void => {
    worker = undefined;
    for (const answer of waiting.values()) answer(error);
    waiting.clear();
  };
  const started = (): Worker => {
    const thread = new Worker(
      `const { parentPort } = require('node:worker_threads');
${parse.toString()}
parentPort.on('message', ({ id, bytes }) => {
  try {
    const { value, arrays } = parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
    parentPort.postMessage({ id, value, arrays }, arrays.map(({ buffer }) => buffer));
  } catch (error) {
    parentPort.postMessage({ id, error: error.message });
  }
});`,
      { eval: true },
    );
    thread.unref();
    thread.on('message', (answer: Answer) => {
      waiting.get(answer.id)?.(answer);
      waiting.delete(answer.id);
    });
    thread.on('error', failAll);
    return thread;
  };
  const elsewhere = (bytes: Uint8Array): Promise<ParsedJson> =>
    new Promise((resolve, reject) => {
      worker ??= started();
      const id = asked++;
      waiting.set(id, (answer) => {
        if (answer instanceof Error) reject(answer);
        else if ('error' in answer) reject(noJson(answer.error));
        else resolve(answer);
      });
      const copy = Uint8Array.from(bytes);
      worker.postMessage({ id, bytes: copy }, [copy.buffer]);
    });
  return {
    async parse(bytes) {
      if (bytes.byteLength > SHORT) return elsewhere(bytes);
      try {
        return parse(
          Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'),
        );
      } catch (error) {
        throw noJson((error as Error).message);
      }
    },
    async [Symbol.asyncDispose]() {
      await worker?.terminate();
    },
  };
}

const noJson = (received: string) =>
  badRequest('request', 'JSON as KServe v2 has it', received.slice(0, 200));
