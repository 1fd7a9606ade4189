/** @file What a pool and its worker threads say to each other. */
import {
  RuntimeError,
  ShapeError,
  SlowFastError,
  WeightError,
  type ErrorDetails,
  type Graph,
  type HostTensor,
} from '@slowfast/core';
import type { TfjsBackendName } from '../backends/names.js';
import type { SkippedBackend, TfjsBackendOptions } from '../backends/open-backend.js';

/** What a worker is started with: plain data, the weights in memory that all workers share. */
export interface WorkerJob {
  readonly name: string;
  readonly graph: Graph;
  readonly weights: Map<string, HostTensor>;
  readonly options: TfjsBackendOptions & { readonly optimize?: boolean };
}

/** Tensors by the names of inputs or outputs. */
export type NamedTensors = Readonly<Record<string, HostTensor>>;

/** To a worker: a run. */
export interface RunRequest {
  readonly id: number;
  readonly feeds: NamedTensors;
}

/** From a worker: it is ready, or a run is done or failed. */
export type FromWorker =
  | {
      readonly type: 'ready';
      readonly backend: TfjsBackendName;
      readonly skipped: readonly SkippedBackend[];
    }
  | { readonly type: 'failed'; readonly error: PlainError }
  | { readonly type: 'result'; readonly id: number; readonly outputs: NamedTensors }
  | { readonly type: 'error'; readonly id: number; readonly error: PlainError };

/** An error as plain data: cloning would lose its class. */
export interface PlainError {
  readonly kind: string;
  readonly message: string;
  /** The parts of one of ours. */
  readonly details?: ErrorDetails;
}

const CLASSES = { RuntimeError, ShapeError, WeightError } as const;

/** To plain data. */
export function plainError(error: unknown): PlainError {
  const { name: kind, message } = error instanceof Error ? error : new Error(String(error));
  if (!(error instanceof SlowFastError)) return { kind, message };
  const { site, expected, received, remedy } = error;
  return { kind, message, details: { site, expected, received, ...(remedy ? { remedy } : {}) } };
}

/** And back. */
export function revivedError({ kind, message, details }: PlainError): Error {
  if (!details) return Object.assign(new Error(message), { name: kind });
  const known: readonly string[] = Object.keys(CLASSES);
  return new CLASSES[known.includes(kind) ? (kind as keyof typeof CLASSES) : 'RuntimeError'](
    details,
  );
}
