import { bytesSource, memoryStore, writeSafetensors, type ByteSource } from '@slowfast/core';
import { formulaStore } from '@slowfast/core/testing';
import { catalogModel } from '@slowfast/models';
import { loadModel } from './load-model.js';

/** Weights of a small SlowFast 8×8 with some names left out, under a wrapper's prefix, and others beside them. */
async function file(
  keeps: (name: string) => boolean,
  { prefix = '', beside = [] as readonly string[] } = {},
): Promise<ByteSource> {
  const { params } = catalogModel('slowfast-8x8-r50', { width: 8, size: 64 }).model.graph;
  const shapes = [...params].map(([name, { type }]) => [name, type.shape as number[]] as const);
  const formula = formulaStore(shapes);
  const names = [...params.keys()].filter(keeps);
  const tensors = await Promise.all(
    names.map(async (name) => [prefix + name, await formula.read(name)] as const),
  );
  const strangers = beside.map((name) => [name, tensors[0]![1]] as const);
  const chunks: Uint8Array[] = [];
  const sink = { write: async (chunk: Uint8Array) => void chunks.push(chunk.slice()) };
  await writeSafetensors(memoryStore([...tensors, ...strangers]), { sink });
  return bytesSource(new Uint8Array(Buffer.concat(chunks)), 'w.safetensors');
}

const first = 'slow.res3.0.a.conv.weight';

it('names the nearest model and the tensor that is missing', async () => {
  await expect(loadModel({ weights: await file((name) => name !== first) })).rejects.toThrow(
    'w.safetensors: expected weights that fit one model of the catalog, received weights that fit none; ' +
      `those of the nearest, slowfast-8x8-r50, differ: these lack ${first}. ` +
      'Say which model it is, or take the whole file if slowfast-8x8-r50 is meant.',
  );
});

it('says what a file without a classifier is good for, and takes it where that is said', async () => {
  const trunk = (name: string) => !name.startsWith('head.');
  await expect(loadModel({ weights: await file(trunk) })).rejects.toThrow(
    "these lack head.projection.weight, head.projection.bias. For features or fine-tuning say head: 'initialised' (convert --head initialised)",
  );
  const { entry, weights, metadata, notes } = await loadModel({
    weights: await file(trunk),
    head: 'initialised',
  });
  expect([entry.name, metadata.trained, weights.names.has('head.projection.weight')]).toEqual([
    'slowfast-8x8-r50',
    false,
    true,
  ]);
  expect(notes).toContain(
    'The weights have no classifier: one was drawn, only features mean something',
  );
  expect((await weights.read('head.projection.bias')).shape).toEqual([400]);
});

it('finds a network under any prefix and names what lies beside it', async () => {
  const { entry, notes } = await loadModel({
    weights: await file(() => true, { prefix: 'net.video.', beside: ['projector.weight'] }),
  });
  expect(entry.name).toBe('slowfast-8x8-r50');
  expect(notes).toContain(
    '1 tensors are no part of the network and were left aside: projector.weight',
  );
});
