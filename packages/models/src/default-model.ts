/** @file The trained model that comes with this package: see assets/ut-interaction/README.md. */
import { bytesSource, fileSource, WeightError, type ByteSource } from '@slowfast/core';

/** Name of the model that `loadModel` gives where neither a name nor weights are said. */
export const DEFAULT_MODEL = 'slowfast-ut-interaction';

/** One line on what the default model is. */
export const DEFAULT_MODEL_TITLE =
  'small SlowFast for interactions of two people, trained on UT-Interaction';

/** Where its weights lie: a `file:` URL in Node, beside the package's modules elsewhere. */
// With its type, or declarations would name Node's own.
export const DEFAULT_WEIGHTS: URL = new URL(
  '../assets/ut-interaction/weights.safetensors',
  import.meta.url,
);

/** Opens the weights of the default model; rejects with {@link WeightError} where they are not there. */
export async function defaultWeights(): Promise<ByteSource> {
  if (DEFAULT_WEIGHTS.protocol === 'file:') {
    const { fileURLToPath } = await import(/* webpackIgnore: true */ /* @vite-ignore */ 'node:url');
    return fileSource(fileURLToPath(DEFAULT_WEIGHTS));
  }
  const { href } = DEFAULT_WEIGHTS;
  const response = await fetch(href);
  if (!response.ok) {
    throw new WeightError({
      site: href,
      expected: 'the weights of the default model, served beside the package',
      received: `status ${response.status}`,
      remedy:
        'Copy assets/ut-interaction/weights.safetensors of @slowfast/models there, or give its address as weights',
    });
  }
  return bytesSource(new Uint8Array(await response.arrayBuffer()), href);
}
