/** @file What a worker does, as numbers in Prometheus' text form. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { SpecError } from '@slowfast/core';
import type { VideoQueue } from './video-queue.js';
import type { WorkerEvent } from './worker.js';

/** Numbers of a worker, served. */
export interface WorkerMetrics extends AsyncDisposable {
  /** Counts an event. */
  count(event: WorkerEvent): void;
  /** `http://127.0.0.1:9464/metrics`. */
  readonly url: string;
}

/** Where numbers are served. */
export interface MetricsPlace {
  readonly port: number;
  /** Default 127.0.0.1: this machine alone. */
  readonly host?: string;
}

/** From a hundredth of a second, as of tiny clips, to ten minutes of thirty views on a slow machine. */
const SECONDS = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 600];

/** Serves numbers at `/metrics`. Rejects with {@link SpecError} where the port is taken. */
export async function workerMetrics(
  queue: VideoQueue,
  { port, host = '127.0.0.1' }: MetricsPlace,
): Promise<WorkerMetrics> {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const videos = new Counter({
    ...{ name: 'slowfast_videos_total', help: 'Videos that ended', registers },
    labelNames: ['outcome'],
  });
  const seconds = new Histogram({
    ...{ name: 'slowfast_video_seconds', help: 'Seconds a video took', registers },
    buckets: SECONDS,
  });
  const shards = new Counter({
    ...{ name: 'slowfast_shards_total', help: 'Shards that were left', registers },
    labelNames: ['outcome'],
  });
  const stalled = new Counter({
    ...{ name: 'slowfast_stalled_total', help: 'Shards found without a worker', registers },
  });
  const connected = new Gauge({
    ...{ name: 'slowfast_redis_connected', help: 'Whether the server is there', registers },
  });
  connected.set(1);
  new Gauge({
    ...{ name: 'slowfast_jobs', help: 'Jobs of the queue by state', registers },
    labelNames: ['state'],
    async collect() {
      if (queue.redis.status !== 'ready') return this.reset();
      const counts = await queue.queue.getJobCounts('waiting', 'active', 'delayed', 'failed');
      for (const [state, count] of Object.entries(counts)) this.set({ state }, count);
    },
  });
  for (const outcome of ['done', 'broken']) videos.inc({ outcome }, 0);
  for (const outcome of ['done', 'rest', 'failed']) shards.inc({ outcome }, 0);

  const server = createServer((request, response) => {
    if (request.url !== '/metrics' || request.method !== 'GET') {
      return void response.writeHead(404).end();
    }
    registry.metrics().then(
      (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
      () => response.writeHead(503).end(),
    );
  });
  await listening(server, port, host);
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}/metrics`,
    count(event) {
      if (event.kind === 'video') {
        videos.inc({ outcome: event.outcome });
        if (event.seconds > 0) seconds.observe(event.seconds);
      }
      if (event.kind === 'shard') shards.inc({ outcome: event.outcome });
      if (event.kind === 'stalled') stalled.inc();
      if (event.kind === 'connection') connected.set(event.isThere ? 1 : 0);
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function listening(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new SpecError({
          site: 'metrics',
          expected: `a free port ${port} at ${host}`,
          received: cause.message,
          cause,
        }),
      ),
    );
    server.listen(port, host, resolve);
  });
}
