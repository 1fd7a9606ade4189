/** @file What a training run computes with. */
import type { Runtime } from '@slowfast/core';
import { onnxRuntime } from '@slowfast/runtime-onnx';
import type { TrainingConfig } from '@slowfast/training';
import { processors } from '../machine/processors.js';
import { tfjsPackage } from '../model/tfjs.js';

/**
 * The runtime of a backend by name; `auto` is onnxruntime-node. Where a step has several batches, as many are computed
 * at once as there are processors, each by a session of its own. Rejects with RuntimeError where TensorFlow.js is asked
 * for and not installed. `runs` is how many go on at once. `alone`: nothing else is done meanwhile, so that one session
 * needs no thread of its own, to and from which all weights and gradients would be copied.
 */
export async function trainingRuntime(
  backend: TrainingConfig['backend'],
  batches: number,
  { alone = false }: { readonly alone?: boolean } = {},
): Promise<{ readonly runtime: Pick<Runtime<unknown>, 'compile'>; readonly runs: number }> {
  if (backend !== 'auto' && backend !== 'onnxruntime-node') {
    return { runtime: (await tfjsPackage()).tfjsRuntime({ backend }), runs: 1 };
  }
  const { count } = processors();
  const sessions = Math.min(batches, count);
  const threads = Math.max(1, Math.floor(count / sessions));
  // In workers: decoding and cropping of the next clips go on.
  const worker = !alone || sessions > 1;
  const runtime = onnxRuntime({ backend: 'node', worker, sessions, threads });
  return { runtime, runs: sessions };
}
