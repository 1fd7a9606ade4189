/** @file Calls of functions in a worker: a promise each, with events on the way, and an end by signal. */

/** What a worker offers: functions of one argument that may tell of their progress. */
export type Offers = Readonly<
  Record<
    string,
    // Each function has types of its own.
    // eslint-disable-next-line @typescript-eslint/no-explicit-any
    (argument: any, tell: (event: any) => void, signal: AbortSignal) => Promise<unknown>
  >
>;

type Argument<F> = F extends (argument: infer A, ...rest: never[]) => unknown ? A : never;
type Event<F> = F extends (
  argument: never,
  tell: (event: infer E) => void,
  signal: AbortSignal,
) => unknown
  ? E
  : never;
type Result<F> = F extends (...all: never[]) => Promise<infer R> ? R : never;

interface Call {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}

type Message = Call | { readonly id: number; readonly end: true };

type Reply =
  | { readonly id: number; readonly event: unknown }
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: { readonly name: string; readonly message: string } };

/** How a call is made. */
export interface CallOptions<E> {
  readonly onEvent?: (event: E) => void;
  readonly signal?: AbortSignal;
  readonly transfer?: readonly Transferable[];
}

/** The functions of a worker, from outside. */
export interface Calls<O extends Offers> {
  call<K extends keyof O & string>(
    name: K,
    argument: Argument<O[K]>,
    options?: CallOptions<Event<O[K]>>,
  ): Promise<Result<O[K]>>;
  terminate(): void;
}

/** An error that a worker had, by its name. */
export class WorkerError extends Error {
  constructor({ name, message }: { readonly name: string; readonly message: string }) {
    super(message);
    this.name = name;
  }
}

/** Answers calls in the worker. */
export function offer(offers: Offers): void {
  const stops = new Map<number, AbortController>();
  const reply = (message: Reply): void => postMessage(message);
  addEventListener('message', async ({ data }: MessageEvent<Message>) => {
    const { id } = data;
    if ('end' in data) return stops.get(id)?.abort();
    const stop = new AbortController();
    stops.set(id, stop);
    try {
      const result = await offers[data.name]!(
        data.argument,
        (event) => reply({ id, event }),
        stop.signal,
      );
      reply({ id, result });
    } catch (error) {
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      reply({ id, error: { name, message } });
    } finally {
      stops.delete(id);
    }
  });
}

/** Makes calls of a worker. One that ends by its signal resolves or rejects as the function does. */
export function callsOf<O extends Offers>(worker: Worker): Calls<O> {
  const waiting = new Map<
    number,
    {
      readonly resolve: (result: unknown) => void;
      readonly reject: (error: Error) => void;
      readonly onEvent: ((event: never) => void) | undefined;
    }
  >();
  let last = 0;
  worker.addEventListener('message', ({ data }: MessageEvent<Reply>) => {
    const call = waiting.get(data.id);
    if (!call) return;
    if ('event' in data) return call.onEvent?.(data.event as never);
    waiting.delete(data.id);
    if ('error' in data) call.reject(new WorkerError(data.error));
    else call.resolve(data.result);
  });
  worker.addEventListener('error', ({ message }) => {
    for (const { reject } of waiting.values()) reject(new Error(message || 'the worker ended'));
    waiting.clear();
  });
  return {
    call: (name, argument, { onEvent, signal, transfer = [] } = {}) =>
      new Promise<never>((resolve, reject) => {
        const id = ++last;
        waiting.set(id, { resolve: resolve as (result: unknown) => void, reject, onEvent });
        worker.postMessage({ id, name, argument } satisfies Call, [...transfer]);
        signal?.addEventListener('abort', () => worker.postMessage({ id, end: true }));
      }),
    terminate: () => worker.terminate(),
  };
}
