import { readFileSync } from 'node:fs';
import {
  bytesSource,
  memoryStore,
  writeSafetensors,
  type ByteSource,
  type WeightStore,
} from '@slowfast/core';
import { formulaStore } from '@slowfast/core/testing';
import { catalogModel, checkedModelName, type CatalogOptions } from '@slowfast/models';
import { DEFAULT_MODEL } from '@slowfast/models';
import { crc32 } from './containers/zip.js';
import { loadModel } from './load-model.js';
import { WEIGHTS_METADATA_KEY } from './stored-options.js';

const checkpoint = (name: string): ByteSource =>
  bytesSource(
    new Uint8Array(readFileSync(new URL(`./goldens/checkpoints/${name}`, import.meta.url))),
    name,
  );

/** The checkpoint with another configuration, which may be as long as the stored one. */
function configured(name: string, config: string): ByteSource {
  const bytes = Buffer.from(
    readFileSync(new URL(`./goldens/checkpoints/${name}`, import.meta.url)),
  );
  const start = bytes.indexOf('DATA:\n');
  const end = bytes.indexOf('FUSION_KERNEL_SZ: 5\n') + 'FUSION_KERNEL_SZ: 5\n'.length;
  bytes.write(config.padEnd(end - start, '\n'), start, 'latin1');
  // The archive's checksum of the pickle, in the directory at its end.
  const path = bytes.lastIndexOf('/data.pkl');
  const entry = bytes.lastIndexOf('PK\x01\x02', path, 'latin1');
  const local = bytes.readUInt32LE(entry + 42);
  const data = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
  const pickle = bytes.subarray(data, data + bytes.readUInt32LE(entry + 24));
  bytes.writeUInt32LE(crc32(pickle), entry + 16);
  return bytesSource(new Uint8Array(bytes), name);
}

/** Formula weights of a small catalog model under this project's names, as a safetensors file. */
async function converted(
  model: string,
  options: CatalogOptions,
  metadata: Record<string, string> = {},
  change: (name: string, data: Float32Array) => void = () => undefined,
): Promise<ByteSource> {
  const { params } = catalogModel(checkedModelName(model), options).model.graph;
  const shapes = [...params].map(([name, { type }]) => [name, type.shape as number[]] as const);
  const formula = formulaStore(shapes);
  const tensors = await Promise.all(
    shapes.map(async ([name]) => {
      const tensor = await formula.read(name);
      change(name, tensor.data as Float32Array);
      return [name, tensor] as const;
    }),
  );
  return written(memoryStore(tensors), metadata);
}

/** A store as a safetensors file. */
async function written(
  store: WeightStore,
  metadata: Readonly<Record<string, string>>,
): Promise<ByteSource> {
  const chunks: Uint8Array[] = [];
  const sink = { write: async (chunk: Uint8Array) => void chunks.push(chunk.slice()) };
  await writeSafetensors(store, { sink, metadata });
  const bytes = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytesSource(bytes, 'weights.safetensors');
}

const SMALL: CatalogOptions = { width: 8, frames: 16, size: 64, classes: 11 };

describe('loadModel without weights', () => {
  it('initialises, and says that nothing was trained', async () => {
    const { entry, metadata, weights } = await loadModel({
      ...{ model: 'slowfast-4x16-r50', weights: 'initialised', ...SMALL },
    });
    expect(metadata.trained).toBe(false);
    expect(metadata.labels).toBeUndefined();
    expect(weights.names.size).toBe(entry.model.graph.params.size);
  });

  it('brings the labels of a known data set', async () => {
    const { metadata } = await loadModel({
      ...{ model: 'slow-4x16-r50', weights: 'initialised', dataset: 'charades' },
    });
    expect(metadata.labels).toHaveLength(157);
    expect(metadata.preprocessing.views.combine).toBe('max');
    expect(metadata.preprocessing.channelOrder).toBe('rgb');
  });

  it('gives the trained model of the package where nothing is said, and by its name', async () => {
    for (const options of [{}, { model: DEFAULT_MODEL }]) {
      const { entry, metadata, weights } = await loadModel(options);
      expect(entry.name).toBe(DEFAULT_MODEL);
      expect(metadata.trained).toBe(true);
      expect(metadata.labels).toHaveLength(6);
      expect(weights.names.size).toBe(entry.model.graph.params.size);
      await weights.close?.();
    }
  });

  it('gives again what its metadata says', async () => {
    const { weights, metadata, fileMetadata } = await loadModel();
    const names = [...weights.names];
    const tensors = await Promise.all(
      names.map(async (name) => [name, await weights.read(name)] as const),
    );
    await weights.close?.();
    const again = await loadModel({ weights: await written(memoryStore(tensors), fileMetadata) });
    expect(again.metadata).toEqual(metadata);
    await expect(
      loadModel({ weights: await written(memoryStore(tensors), fileMetadata), classes: 7 }),
    ).rejects.toThrow(
      'classes: expected nothing, since the weights say what network they are of (weights.safetensors), received 7. ' +
        'Leave it out, or name a model of the catalog.',
    );
  });

  it.each([
    [{ model: 'slow-4x16-r50' }, 'slow-4x16-r50: expected weights, received a name alone. Down'],
    [{ model: 'slow-4x16-r50', seed: 1 }, "seed: expected weights 'initialised' beside it, "],
    [{ weights: 'initialised' }, "weights: expected a model by name beside 'initialised', "],
    [{ weights: 'a.pyth' as 'initialised' }, "weights: expected a ByteSource or 'initialised', "],
  ] as const)('refuses %j', async (options, message) => {
    await expect(loadModel(options)).rejects.toThrow(message);
  });

  it('knows the names', async () => {
    await expect(loadModel({ model: 'slowfast-4x6-r50' })).rejects.toThrow(
      /^model: expected one of the \d+ known models, received 'slowfast-4x6-r50'. The nearest are slowfast-4x16-r50/,
    );
  });
});

describe('loadModel from a checkpoint', () => {
  it('takes clip, size and α from the stored configuration, and the model that fits', async () => {
    const loaded = await loadModel({ weights: checkpoint('pyslowfast_slowfast_w2.pyth') });
    expect(loaded.entry.name).toBe('slowfast-4x16-r50');
    expect(loaded.metadata.preprocessing.clip).toEqual({ frames: 16, stride: 2, fps: 30 });
    expect(loaded.metadata.preprocessing.crop).toBe(64);
    expect(loaded.notes).toEqual([
      'The model is taken to be slowfast-4x16-r50, the only one that these weights fit',
    ]);
  });

  const ODD = [
    'DATA: {NUM_FRAMES: 16, SAMPLING_RATE: 4, TRAIN_CROP_SIZE: 64, TEST_CROP_SIZE: 64,',
    ' MEAN: [0.1, 0.2, 0.3], STD: [0.5, 0.5, 0.25], REVERSE_INPUT_CHANNEL: true}',
    'MODEL: {ARCH: slowfast, HEAD_ACT: sigmoid}\nSLOWFAST: {ALPHA: 8}\n',
  ].join('\n');

  it('takes what weights do not show from the configuration, and keeps it through a conversion', async () => {
    const weights = configured('pyslowfast_slowfast_w2.pyth', ODD);
    const loaded = await loadModel({ weights });
    expect(loaded.metadata.preprocessing).toMatchObject({
      clip: { frames: 16, stride: 4, fps: 30 },
      mean: [0.1, 0.2, 0.3],
      std: [0.5, 0.5, 0.25],
      channelOrder: 'bgr',
    });
    const activations = loaded.entry.model.graph.nodes.filter(({ name }) => /^head/.test(name));
    expect(activations.map(({ op }) => op)).not.toContain('softmax');
    const fileMetadata = { [WEIGHTS_METADATA_KEY]: JSON.stringify(loaded.options) };
    const { model, ...options } = loaded.options;
    const again = await loadModel({ weights: await converted(model, options, fileMetadata) });
    expect(again.metadata.preprocessing).toEqual(loaded.metadata.preprocessing);
  });

  it('does not believe a configuration that asks for clips which fill the memory', async () => {
    const weights = () =>
      configured(
        'pyslowfast_slowfast_w2.pyth',
        'DATA: {NUM_FRAMES: 800, TEST_CROP_SIZE: 8192, TRAIN_CROP_SIZE: 64}\nSLOWFAST: {ALPHA: 8}',
      );
    await expect(loadModel({ weights: weights() })).rejects.toThrow(
      'pyslowfast_slowfast_w2.pyth: expected clips of at most 536870912 numbers, ' +
        'received 3 x 800 x 8192 x 8192. Give frames or size yourself if the file is right.',
    );
    const large = { model: 'slowfast-8x8-r50', frames: 4096, alpha: 4 } as const;
    await expect(loadModel({ ...large, weights: 'initialised' })).rejects.toThrow(
      'slowfast-8x8-r50: expected clips of at most 536870912 numbers, ' +
        'received 3 x 4096 x 256 x 256. Take fewer frames or a smaller size.',
    );
    const own = await loadModel({ weights: weights(), size: 64 });
    expect(own.metadata.preprocessing.crop).toBe(64);
    // Three crops, as the configuration says, are those of a square.
    const wide = await loadModel({ weights: weights(), size: [64, 96] });
    expect(wide.metadata.preprocessing).toMatchObject({ stretch: [64, 96], views: { crops: 1 } });
  });

  it('takes the preprocessing of the zoo that the names show', async () => {
    const { metadata, entry } = await loadModel({
      weights: checkpoint('pytorchvideo_slowfast_w2_fp16.pyth'),
      frames: 16,
      size: 64,
    });
    expect(entry.zoo).toBe('pytorchvideo');
    expect(metadata.preprocessing.activation).toBe('softmax');
    expect(metadata.preprocessing.sampling).toBe('pytorchvideo');
  });

  it('asks which model, where several have these weights', async () => {
    await expect(
      loadModel({
        weights: checkpoint('pyslowfast_slow_w2_bf16_module_prefix.pyth'),
        frames: 16,
        size: 64,
      }),
    ).rejects.toThrow(
      'pyslowfast_slow_w2_bf16_module_prefix.pyth: expected weights that fit one model of the catalog, ' +
        'received weights that fit slow-4x16-r50, slow-8x8-r50. Say which model it is.',
    );
  });

  it('remembers, through a conversion, what it was', async () => {
    const options = { ...SMALL, zoo: 'pytorchvideo', model: 'slowfast-8x8-r50' } as const;
    const fileMetadata = { [WEIGHTS_METADATA_KEY]: JSON.stringify(options) };
    const { entry, metadata } = await loadModel({
      weights: await converted('slowfast-8x8-r50', options, fileMetadata),
    });
    expect([entry.name, entry.zoo, metadata.preprocessing.crop]).toEqual([
      'slowfast-8x8-r50',
      'pytorchvideo',
      64,
    ]);
  });

  it('refuses the weights of another variant, with everything that does not fit', async () => {
    const weights = await converted('slowfast-8x8-r50', SMALL);
    await expect(loadModel({ ...SMALL, weights, model: 'slowfast-4x16-r50' })).rejects.toThrow(
      'weights.safetensors: expected the 552 tensors of the model, received 4 misshaped ' +
        '(lateral.fast_to_slow.stem.conv.weight [2, 1, 7, 1, 1] instead of [2, 1, 5, 1, 1], ' +
        'lateral.fast_to_slow.res2.conv.weight [8, 4, 7, 1, 1] instead of [8, 4, 5, 1, 1], ' +
        'lateral.fast_to_slow.res3.conv.weight [16, 8, 7, 1, 1] instead of [16, 8, 5, 1, 1], ' +
        'lateral.fast_to_slow.res4.conv.weight [32, 16, 7, 1, 1] instead of [32, 16, 5, 1, 1]). ' +
        'Choose the model variant that these weights were trained for.',
    );
  });

  it('refuses the 50_50 variant as 101_101', async () => {
    const weights = await converted('slowfast-8x8-r101', SMALL);
    await expect(
      loadModel({ ...SMALL, weights, model: 'slowfast-8x8-r101-101-101' }),
    ).rejects.toThrow(
      /expected the 1062 tensors of the model, received 34 misshaped \(slow\.res4\.6\.a\.conv\.weight \[32, 128, 1, 1, 1\] instead of \[32, 128, 3, 1, 1\]/,
    );
  });

  it('closes the source when it cannot be read', async () => {
    let closed = 0;
    const source = bytesSource(new TextEncoder().encode('no checkpoint'), 'text.pyth');
    const weights = { ...source, close: async () => void closed++ };
    await expect(loadModel({ weights })).rejects.toThrow('text.pyth: expected');
    expect(closed).toBe(1);
  });

  it('refuses a zoo whose classifier reads the pathways in another order', async () => {
    const options = { ...SMALL, zoo: 'gluoncv' } as const;
    const metadata = { headOrder: 'fast,slow' };
    const weights = await converted('slowfast-4x16-r50', options, metadata);
    await expect(loadModel({ ...options, weights, model: 'slowfast-4x16-r50' })).rejects.toThrow(
      'weights.safetensors: expected a classifier that reads slow, then fast (gluoncv), ' +
        'received one that reads fast, then slow (slowfast). Leave the zoo out, so that it is taken from the weights.',
    );
  });
});
