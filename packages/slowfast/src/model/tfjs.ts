/** @file TensorFlow.js, which not everyone installs: loaded when it is asked for. */
import { RuntimeError } from '@slowfast/core';

/** The runtime package; rejects with {@link RuntimeError} where it is not installed. */
export async function tfjsPackage() {
  return import('@slowfast/runtime-tfjs').catch((cause: Error) => {
    throw tfjsMissing(cause);
  });
}

/** What to say where TensorFlow.js or a package that stands on it does not load. */
export const tfjsMissing = (cause: Error): RuntimeError =>
  new RuntimeError({
    site: 'TensorFlow.js',
    expected: 'the packages @slowfast/runtime-tfjs and @tensorflow/tfjs',
    received: cause.message.split('\n')[0]!,
    remedy: 'Run npm install @slowfast/runtime-tfjs @tensorflow/tfjs',
    cause,
  });
