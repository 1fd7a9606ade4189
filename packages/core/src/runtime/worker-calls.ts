/** @file Questions to a worker thread and who waits for their answers; errors on their way between threads. */
import { checkArguments } from '../arguments.js';
import {
  FileError,
  firstLine,
  MediaError,
  RuntimeError,
  ShapeError,
  SlowFastError,
  SpecError,
  WeightError,
  type ErrorDetails,
} from '../errors.js';

/** An error as plain data: structured cloning would lose its class. */
export interface PlainError {
  readonly kind: string;
  readonly message: string;
  /** The parts of one of ours. */
  readonly details?: Omit<ErrorDetails, 'cause'>;
}

const CLASSES = { FileError, MediaError, RuntimeError, ShapeError, SpecError, WeightError };
const isClassName = (kind: string): kind is keyof typeof CLASSES => Object.hasOwn(CLASSES, kind);

/** An error as plain data, to send to another thread. */
export function plainError(error: unknown): PlainError {
  const { name: kind, message } = error instanceof Error ? error : new Error(String(error));
  if (!(error instanceof SlowFastError)) return { kind, message };
  const { site, expected, received, remedy } = error;
  return { kind, message, details: { site, expected, received, ...(remedy ? { remedy } : {}) } };
}

/** The error that {@link plainError} was made of. */
export function revivedError({ kind, message, details }: PlainError): Error {
  if (details && isClassName(kind)) return new CLASSES[kind](details);
  return Object.assign(new Error(message), { name: kind });
}

/** What a worker answers to a question: its number, and a value or an error. */
export type WorkerAnswer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: PlainError };

/** A worker thread of Node (`Worker` of `node:worker_threads`), as far as it is used here. */
export interface WorkerThread {
  /** Calls a listener with each message. */
  on(event: 'message', listener: (message: WorkerAnswer) => void): unknown;
  /** Calls a listener with the error that ends the thread. */
  on(event: 'error', listener: (error: Error) => void): unknown;
  /** Calls a listener when the thread has ended. */
  on(event: 'exit', listener: (code: number) => void): unknown;
  /** Sends a message; what is transferred is gone here. */
  postMessage(message: object, transfer: readonly ArrayBuffer[]): void;
  /** Lets the process wait for the thread. */
  ref(): void;
  /** Lets the process end before the thread. */
  unref(): void;
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/**
 * Asks a worker thread that answers each message with a {@link WorkerAnswer} of its `id`. The worker keeps the
 * process alive only while it is asked something.
 */
export class WorkerCalls {
  readonly #worker: WorkerThread;
  readonly #waiting = new Map<number, Waiting>();
  #count = 0;
  #failure: RuntimeError | undefined;

  /** `site` is what errors call the worker by. */
  constructor(worker: WorkerThread, site: string) {
    checkArguments('WorkerCalls', { worker: [worker, 'object'], site: [site, 'string'] });
    this.#worker = worker;
    worker.unref();
    worker.on('message', (answer) => {
      const waiting = this.#remove(answer.id);
      if ('error' in answer) waiting?.reject(revivedError(answer.error));
      else waiting?.resolve(answer.value);
    });
    const fail = (received: string, cause?: unknown): void => {
      const expected = 'a worker thread that answers';
      this.#failure ??= new RuntimeError({ site, expected, received, cause });
      for (const id of [...this.#waiting.keys()]) this.#remove(id)?.reject(this.#failure);
    };
    worker.on('error', (error) => fail(firstLine(error), error));
    worker.on('exit', (code) => fail(`one that ended with code ${code}`));
  }

  /** Whether the worker has ended, so that every question fails. */
  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /**
   * Sends a question with the buffers that are handed over, and gives the worker's answer. Rejects with the
   * worker's error, and with {@link RuntimeError} once the worker has ended.
   */
  ask(question: object, transfer: readonly ArrayBuffer[] = []): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#failure) return reject(this.#failure);
      const id = this.#count++;
      this.#waiting.set(id, { resolve, reject });
      this.#worker.ref();
      this.#worker.postMessage({ ...question, id }, transfer);
    });
  }

  #remove(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.#worker.unref();
    return waiting;
  }
}
