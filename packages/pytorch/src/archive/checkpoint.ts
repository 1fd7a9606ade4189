/** @file Weights as `torch.save` writes them: a zip archive of a pickle and of each tensor's elements. */
import { checkArguments, WeightError, type WeightStore } from '@slowfast/core';
import { pickleOf, type Pickled } from './pickle.js';
import { ZipWriter } from './zip.js';

/** Options of {@link torchCheckpoint}. */
export interface TorchCheckpointOptions {
  /** The key of the weights; default `model_state`, which PySlowFast and PyTorchVideo have, too. */
  readonly key?: string;
  /** The name that a weight has in the file; default: its own. */
  readonly nameOf?: (name: string) => string;
  /** What else is in the file, by key. */
  readonly entries?: ReadonlyMap<string, Pickled>;
}

/**
 * The bytes of a checkpoint that `torch.load(file, weights_only=True)` reads, a tensor at a time. Throws
 * {@link WeightError} for tensors that are not float32, two of one name, and RuntimeError for more than 4 GiB.
 */
export async function* torchCheckpoint(
  weights: WeightStore,
  options: TorchCheckpointOptions = {},
): AsyncGenerator<Uint8Array> {
  checkArguments('torchCheckpoint', { weights: [weights, 'object'], options: [options, 'object'] });

  const { key = 'model_state', nameOf = (name) => name, entries = new Map() } = options;
  const names = [...weights.names];
  const tensors = new Map<string, Pickled>();
  names.forEach((name, i) => {
    const stored = nameOf(name);
    if (tensors.has(stored)) {
      throw new WeightError({ site: stored, expected: 'a name once', received: 'twice' });
    }
    tensors.set(stored, { kind: 'tensor', key: `${i}`, shape: weights.shapeOf(name) });
  });
  const zip = new ZipWriter();
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  yield* zip.add('archive/data.pkl', pickleOf(new Map([[key, tensors], ...entries])));
  yield* zip.add('archive/byteorder', text('little'));
  for (const [i, name] of names.entries()) {
    const { dtype, data } = await weights.read(name);
    if (dtype !== 'float32') {
      throw new WeightError({ site: name, expected: 'float32', received: dtype });
    }
    yield* zip.add(
      `archive/data/${i}`,
      new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    );
  }
  yield* zip.add('archive/version', text('3\n'));
  yield zip.end();
}
