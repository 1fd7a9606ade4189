/** @file Training for the front door: what stands on TensorFlow.js is loaded when it is called. */
import { tfjsMissing } from '../model/tfjs.js';
import type { RunOptions, RunSummary } from './run-types.js';

/**
 * Trains what a configuration file (YAML or JSON) says; paths in it are relative to it. Needs `@slowfast/runtime-tfjs`
 * and `@tensorflow/tfjs`. Rejects with RuntimeError where they are missing, with SpecError for a configuration or list
 * that is not valid, and with the signal's reason when aborted.
 *
 * @example
 * ```ts
 * const { weights, evaluation } = await trainModel('training.yaml', { onWarning: console.warn });
 * ```
 */
export async function trainModel(config: string, options: RunOptions = {}): Promise<RunSummary> {
  const { runTraining } = await import('./run.js').catch((cause: Error) => {
    throw tfjsMissing(cause);
  });
  return runTraining(config, options);
}
