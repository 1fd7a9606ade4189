/** @file What a pool and its worker threads say to each other, as questions and answers of `WorkerCalls`. */
import type { Graph, HostTensor } from '@slowfast/core';
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

/** To a worker: a run, or without feeds the question whether its model is compiled. */
export interface WorkerQuestion {
  readonly feeds?: NamedTensors;
}

/** What a worker answers once its model is compiled. */
export interface ReadyAnswer {
  readonly backend: TfjsBackendName;
  readonly skipped: readonly SkippedBackend[];
}
