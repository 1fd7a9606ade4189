/** @file What the server counts, in Prometheus' text form. */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

/** The numbers of one server. */
export interface Metrics {
  readonly contentType: string;
  text(): Promise<string>;
  answered(route: string, status: number, seconds: number): void;
  batch(model: string, rows: number, seconds: number): void;
}

/** What is asked when numbers are. */
export interface Gauges {
  readonly requests: () => number;
  readonly waitingRequests: () => number;
  readonly videosAtWork: () => number;
  readonly videosWaiting: () => number;
}

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** Starts to count. */
export function metrics(gauges: Gauges): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const answers = new Counter({
    name: 'slowfast_answers_total',
    help: 'Answers by route and status; 503 are those that were turned away.',
    labelNames: ['route', 'status'],
    registers,
  });
  const durations = new Histogram({
    name: 'slowfast_request_seconds',
    help: 'From a request to its answer, of requests that were not turned away.',
    labelNames: ['route'],
    buckets: SECONDS,
    registers,
  });
  const runs = new Histogram({
    name: 'slowfast_run_seconds',
    help: 'Runs of a model for requests of tensors.',
    labelNames: ['model'],
    buckets: SECONDS,
    registers,
  });
  const rows = new Counter({
    name: 'slowfast_run_clips_total',
    help: 'Clips in these runs; divided by slowfast_run_seconds_count: the mean batch.',
    labelNames: ['model'],
    registers,
  });
  const gauge = (name: string, help: string, value: () => number): Gauge =>
    new Gauge({
      ...{ name, help, registers },
      collect() {
        this.set(value());
      },
    });
  gauge('slowfast_requests', 'Requests of tensors in hand.', gauges.requests);
  gauge('slowfast_requests_waiting', 'Those that wait for a run.', gauges.waitingRequests);
  gauge('slowfast_videos', 'Videos at work.', gauges.videosAtWork);
  gauge('slowfast_videos_waiting', 'Videos on their way or waiting.', gauges.videosWaiting);
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    answered(route, status, seconds) {
      answers.inc({ route, status: String(status) });
      if (status !== 503) durations.observe({ route }, seconds);
    },
    batch(model, count, seconds) {
      rows.inc({ model }, count);
      runs.observe({ model }, seconds);
    },
  };
}
