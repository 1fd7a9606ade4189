/** @file One model in several worker threads, as a {@link CompiledModel}: TF.js computes on one thread each. */
import {
  isNode,
  Lifetime,
  RuntimeError,
  checkFeeds,
  checkWeights,
  namedTypes,
  requiredTensors,
  shapesByName,
  type BindOptions,
  type Graph,
  type HostTensor,
  type ModelMetadata,
  type WeightStore,
} from '@slowfast/core';
import type { TfjsCompiledModel } from '../inference/compiled-model.js';
import { divided, isDivisible, joined } from './batches.js';
import { startThread, type PoolThread } from './pool-thread.js';
import type { NamedTensors, WorkerJob } from './protocol.js';

/** How many threads, and where their code lies. */
export interface PoolOptions {
  /**
   * Worker threads (Node), each with a TF.js and the model of its own: runs asked for at once are computed at
   * once, and the clips of one run are divided among them. Default 0: on this thread.
   */
  readonly workers?: number;
  /** The compiled `pool-worker.js`, where a bundler has moved it or the package runs from its TypeScript sources. */
  readonly workerUrl?: URL;
}

/** What {@link pooledModel} is made of. */
export interface PoolParts {
  readonly name: string;
  readonly graph: Graph;
  readonly weights: WeightStore;
  readonly bind: BindOptions;
  readonly metadata: ModelMetadata;
  readonly options: WorkerJob['options'];
}

/**
 * Starts the threads and compiles the model in each. Rejects with what the first of them that fails says;
 * none is left running then.
 */
export async function pooledModel<I extends string, O extends string>(
  parts: PoolParts,
  { workers = 0, workerUrl }: PoolOptions,
): Promise<TfjsCompiledModel<I, O>> {
  const { name, graph, metadata, options } = parts;
  const url = workerUrl ?? ownWorker(name);
  checkCount(name, workers);
  const weights = await sharedWeights(parts);
  const job: WorkerJob = { name, graph, weights, options };
  const threads = await Promise.all(Array.from({ length: workers }, () => startThread(url, job)));
  const pool = new ThreadPool(threads);
  try {
    const [ready] = await Promise.all(threads.map((thread) => thread.ready));
    const { backend, skipped } = ready!;
    const inputs = namedTypes(graph.inputs);
    const canDivide = isDivisible(graph);
    const life = new Lifetime(name, () => pool.close());
    return {
      name,
      device: `tfjs (${backend}, ${workers} ${workers === 1 ? 'worker' : 'workers'})`,
      backend,
      skipped,
      metadata,
      inputs: shapesByName<I>(inputs),
      outputs: shapesByName<O>(namedTypes(graph.outputs)),
      run: (feeds: Readonly<Record<I, HostTensor>>) =>
        life.run(async () => {
          checkFeeds(name, inputs, feeds);
          const results = await runDivided(pool, canDivide ? divided(feeds, workers) : [feeds]);
          return results as Record<O, HostTensor>;
        }),
      [Symbol.asyncDispose]: () => life.close(),
    };
  } catch (error) {
    await pool.close();
    throw error;
  }
}

async function runDivided(pool: ThreadPool, feeds: readonly NamedTensors[]): Promise<NamedTensors> {
  return joined(await Promise.all(feeds.map((part) => pool.run(part))));
}

/** Gives each run to the thread that has least to do. */
class ThreadPool {
  readonly #threads: readonly PoolThread[];
  readonly #load = new Map<PoolThread, number>();

  constructor(threads: readonly PoolThread[]) {
    this.#threads = threads;
  }

  async run(feeds: NamedTensors): Promise<NamedTensors> {
    const load = (thread: PoolThread): number => this.#load.get(thread) ?? 0;
    const alive = this.#threads.filter((thread) => !thread.hasFailed);
    // If all have failed, the first says why.
    const candidates = alive.length > 0 ? alive : this.#threads;
    const thread = candidates.reduce((best, other) => (load(other) < load(best) ? other : best));
    this.#load.set(thread, load(thread) + 1);
    try {
      return await thread.run(feeds);
    } finally {
      this.#load.set(thread, load(thread) - 1);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }
}

/** Compiled, the worker lies in the package; from TypeScript sources there is none to start. */
function ownWorker(site: string): URL {
  if (isNode() && !import.meta.url.endsWith('.ts')) {
    return new URL('./pool-worker.js', import.meta.url);
  }
  throw new RuntimeError({
    site,
    expected: 'worker threads of Node, and this package compiled',
    received: isNode() ? 'its TypeScript sources' : 'a browser',
    remedy: 'Leave out the option workers, or give workerUrl',
  });
}

function checkCount(site: string, workers: number): void {
  if (Number.isInteger(workers) && workers >= 1) return;
  throw new RuntimeError({
    site,
    expected: 'a whole number of workers of at least 0',
    received: `${workers}`,
  });
}

/** The tensors that the graph reads, in memory that threads share instead of copying. */
async function sharedWeights({
  graph,
  weights,
  bind,
}: PoolParts): Promise<Map<string, HostTensor>> {
  checkWeights(graph, weights, bind);
  const shared = new Map<string, HostTensor>();
  for (const name of requiredTensors(graph).keys()) {
    const tensor = await weights.read(name);
    if (tensor.dtype !== 'float32') shared.set(name, tensor);
    else {
      const data = new Float32Array(new SharedArrayBuffer(tensor.data.byteLength));
      data.set(tensor.data);
      shared.set(name, { ...tensor, data });
    }
  }
  return shared;
}
