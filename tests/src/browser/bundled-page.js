/** @file A page as a user writes it, for bundlers without configuration: the front door on both runtimes. */
import { tfjsRuntime } from '@slowfast/runtime-tfjs';
import { videoClassifier } from 'slowfast';

/** The best class of a video at an address, and where the model ran. */
globalThis.best = async (address, runtime) => {
  const file = new globalThis.File([await (await globalThis.fetch(address)).blob()], 'clip.webm');
  const options = runtime === 'tfjs' ? { runtime: tfjsRuntime({ backend: 'wasm' }) } : {};
  await using classify = await videoClassifier(options);
  const [best] = await classify(file, { views: '2x1' });
  return { ...best, device: classify.model.device };
};
