export { openInput, type Input, type InputOptions } from './inputs/input.js';
export { workerMetrics, type MetricsPlace, type WorkerMetrics } from './metrics.js';
export { redactedUrl, type ServerOptions } from './redis.js';
export { RunBoard, type RunInfo, type RunProgress, type RunRequest } from './run-board.js';
export {
  openQueue,
  VideoQueue,
  type FailedShard,
  type JobData,
  type QueueOptions,
  type RunStatus,
} from './video-queue.js';
export {
  workQueue,
  type RunWork,
  type ShardTask,
  type VideoOutcome,
  type WorkerEvent,
  type WorkerOptions,
} from './worker.js';
