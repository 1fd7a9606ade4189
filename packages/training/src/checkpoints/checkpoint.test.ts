import {
  bytesSource,
  float32Tensor,
  readSafetensors,
  WeightError,
  writeSafetensors,
} from '@slowfast/core';
import { readCheckpoint, writeCheckpoint, type Checkpoint } from './checkpoint.js';

const checkpoint: Checkpoint = {
  progress: {
    ...{ step: 7, epoch: 1, stepInEpoch: 2, position: 16 },
    sums: { loss: 3.5, hits: 2.5, clips: 16 },
    best: { epoch: 0, value: 0.5 },
  },
  seed: 3,
  weights: new Map([['w', float32Tensor([1], Float32Array.of(1))]]),
  optimizer: new Map([['w', float32Tensor([1], Float32Array.of(2))]]),
};

async function fileOf(write: (sink: { write(chunk: Uint8Array): Promise<void> }) => Promise<void>) {
  const chunks: Uint8Array[] = [];
  await write({ write: async (chunk) => void chunks.push(chunk.slice()) });
  return bytesSource(new Uint8Array(Buffer.concat(chunks)), 'c.safetensors');
}

it('is read as it was written', async () => {
  const file = await fileOf((sink) => writeCheckpoint(checkpoint, sink));
  expect(await readCheckpoint(file)).toEqual(checkpoint);
});

it.each([
  ['no JSON', (text: string) => text.slice(1), /: expected JSON/],
  [
    'another version',
    (text: string) => text.replace('"version":1', '"version":2'),
    /: expected a checkpoint of version 1/,
  ],
  [
    'a step of no number',
    (text: string) => text.replace('"step":7', '"step":"7"'),
    /: progress\.step: expected a whole number/,
  ],
  [
    'sums that are lost',
    (text: string) => text.replace('"hits":2.5,', ''),
    /: progress\.sums\.hits: expected a number, received nothing/,
  ],
])('refuses %s', async (_, damage, message) => {
  const store = await readSafetensors(await fileOf((sink) => writeCheckpoint(checkpoint, sink)));
  const [key, text] = Object.entries(store.metadata!)[0]!;
  const damaged = await fileOf((sink) =>
    writeSafetensors(store, { sink, metadata: { [key]: damage(text) } }),
  );
  const error: unknown = await readCheckpoint(damaged).catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(WeightError);
  expect((error as Error).message).toMatch(message);
});
