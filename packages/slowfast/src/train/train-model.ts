/** @file Training for the front door: what it stands on is loaded when it is called. */
import { checkArguments } from '@slowfast/core';
import type { RunOptions, RunSummary, TrainingPlan } from './run-types.js';

/**
 * Trains what a configuration file (YAML or JSON) says; paths in it are relative to it. Rejects with SpecError for a
 * configuration or list that is not valid, with RuntimeError where its backend is not installed, and with the signal's
 * reason when aborted.
 *
 * @example
 * ```ts
 * const { weights, evaluation } = await trainModel('training.yaml', { onWarning: console.warn });
 * ```
 */
export async function trainModel(config: string, options: RunOptions = {}): Promise<RunSummary> {
  checkArguments('trainModel', {
    config: [config, 'string'],
    options: [options, 'object'],
  });
  return (await import('./run.js')).runTraining(config, options);
}

/**
 * Says what {@link trainModel} would train and what it would take, by three real steps; writes nothing. Rejects as it
 * does.
 *
 * @example
 * ```ts
 * const { hours, memoryBytes, seconds } = await planTraining('training.yaml');
 * ```
 */
export async function planTraining(
  config: string,
  options: Omit<RunOptions, 'resume' | 'onProgress'> = {},
): Promise<TrainingPlan> {
  checkArguments('planTraining', {
    config: [config, 'string'],
    options: [options, 'object'],
  });
  return (await import('./run.js')).planRun(config, options);
}
